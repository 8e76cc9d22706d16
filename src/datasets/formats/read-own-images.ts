/**
 * Reads a user's own images: a folder of PNG or JPEG files, a NumPy archive, or IDX files. The names of the files
 * decide the format.
 */
import { type Fit, fittedImages, type Sizing } from '../fitting.ts';
import type { NamedFiles, ReadingWatch } from '../named-files.ts';
import { UnfitData } from '../unfit-data.ts';
import { idxPairs, readIdxPairs } from './idx-files.ts';
import { readImageFolder } from './image-folder.ts';
import { readNpz } from './npz.ts';
import type { OwnImages } from './own-images.ts';

/**
 * @param sizing how images get one size. Those of other formats than a folder are enlarged later.
 * @throws UnfitData
 */
export async function readOwnImages(
  files: NamedFiles,
  sizing: Sizing,
  watch: ReadingWatch,
): Promise<OwnImages> {
  const { names, read } = withoutCommonFolder(files);
  const [only] = names;
  if (names.length === 1 && only!.endsWith('.npz')) {
    return fitted(await readNpz(only!, read(only!)), only!, sizing.fit);
  }
  if (names.some((name) => name.startsWith('train/'))) {
    return readImageFolder({ names, read }, sizing, watch);
  }
  const pairs = idxPairs(names);
  if (pairs) return fitted(await readIdxPairs(pairs, read), 'an image', sizing.fit);
  if (names.some((name) => /\.(?:png|jpe?g)$/i.test(name))) {
    throw new UnfitData(
      `these images are not in folders of classes: ${shown(names)}`,
      'put them into train/<class>/ and test/<class>/; without labels, save them as the input of the model in an .npz, and use the stage type "arrays"',
    );
  }
  throw new UnfitData(
    `these files are not images in a known format: ${shown(names)}`,
    'give a folder with train/<class>/ and test/<class>/, an .npz, or IDX files',
  );
}

function fitted({ train, test, classNames }: OwnImages, what: string, fit: Fit | null): OwnImages {
  if (fit === null) return { train, test, classNames };
  return {
    classNames,
    train: fittedImages(what, train, fit),
    test: test && fittedImages(what, test, fit),
  };
}

/** An archive often contains one folder with all the files. */
function withoutCommonFolder(files: NamedFiles): NamedFiles {
  const { names } = files;
  const folder = names[0]?.split('/', 1)[0];
  const isCommon = names.length > 0 && names.every((name) => name.startsWith(`${folder}/`));
  if (!isCommon || folder === 'train' || folder === 'test') return files;
  const inside = names.map((name) => name.slice(folder!.length + 1));
  return withoutCommonFolder({ names: inside, read: (name) => files.read(`${folder}/${name}`) });
}

function shown(names: readonly string[]): string {
  if (names.length === 0) return 'there are none';
  const some = [...names].sort().slice(0, 3).join(', ');
  return names.length > 3 ? `${some} and ${names.length - 3} more` : some;
}
