/**
 * Reads a user's own images: a folder of PNG or JPEG files, a NumPy archive, or IDX files. The names of the files
 * decide the format.
 */
import { fittedImages, type Sizing } from '../fitting.ts';
import type { PixelSet } from '../image-set.ts';
import type { NamedFiles, ReadingWatch } from '../named-files.ts';
import type { TestImages } from '../test-images.ts';
import { UnfitData } from '../unfit-data.ts';
import { idxPairs, readIdxPairs } from './idx-files.ts';
import { readImageFolder } from './image-folder.ts';
import { readNpz } from './npz.ts';
import type { OwnImages } from './own-images.ts';
import { isImage, readTestFolder } from './test-folder.ts';

export interface ReadingOptions {
  /** How images get one size. Those of other formats than a folder are enlarged later. */
  readonly sizing: Sizing;
  /** Otherwise the test images are read without labels, or all images if none are for tests. */
  readonly labelled: boolean;
}

/** @throws UnfitData */
export async function readOwnImages(
  files: NamedFiles,
  options: ReadingOptions,
  watch: ReadingWatch,
): Promise<OwnImages | TestImages> {
  const read = await readImages(files, options, watch);
  if (options.labelled) return read;
  const images: PixelSet = 'train' in read ? (read.test ?? read.train) : read;
  return { ...images, labels: null, classes: null };
}

async function readImages(
  files: NamedFiles,
  { sizing, labelled }: ReadingOptions,
  watch: ReadingWatch,
): Promise<OwnImages | TestImages> {
  const { names, read } = withoutCommonFolder(files);
  const [only] = names;
  if (names.length === 1 && only!.endsWith('.npz')) {
    return fitted(await readNpz(only!, read(only!)), only!, sizing);
  }
  if (labelled && names.some((name) => name.startsWith('train/'))) {
    return readImageFolder({ names, read }, sizing, watch);
  }
  const pairs = idxPairs(names);
  if (pairs) return fitted(readIdxPairs(pairs, read), 'an image', sizing);
  if (names.some(isImage)) return readTestFolder({ names, read }, sizing, labelled, watch);
  throw new UnfitData(
    `these files are not images in a known format: ${shown(names)}`,
    'give a folder of PNG or JPEG files, an .npz, or IDX files: docs/data.md',
  );
}

function fitted(
  images: OwnImages | TestImages,
  what: string,
  { fit }: Sizing,
): OwnImages | TestImages {
  if (fit === null) return images;
  if (!('train' in images)) return fittedImages(what, images, fit);
  const { train, test, classNames } = images;
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
