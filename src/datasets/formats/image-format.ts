/** The format of a user's own images. The names of the files decide it, so that nothing is read. */
import { UnfitData } from '../unfit-data.ts';
import { idxPairs } from './idx-files.ts';

/** `split`: a folder with `train/`. `images`: images that are all for tests. */
export type ImageFormat = 'npz' | 'split' | 'idx' | 'images';

/** The archives that are unpacked. */
export const ARCHIVE = /\.(?:tgz|tar\.gz)$/;

/**
 * @param names without their common folder
 * @param labelled whether folders are classes
 * @throws UnfitData
 */
export function imageFormat(names: readonly string[], labelled: boolean): ImageFormat {
  if (names.length === 1 && names[0]!.endsWith('.npz')) return 'npz';
  if (labelled && names.some((name) => name.startsWith('train/'))) return 'split';
  if (idxPairs(names)) return 'idx';
  if (names.some(isImage)) return 'images';
  throw new UnfitData(
    names.length === 0
      ? 'there are no files'
      : `these files are not images in a known format: ${shown(names)}`,
    'give a folder of PNG or JPEG files, an .npz, or IDX files: docs/data.md',
  );
}

/** The folders around all files, such as `pets/`: an archive often contains one folder. */
export function commonFolder(names: readonly string[]): string {
  const [first = ''] = names;
  let common = '';
  for (;;) {
    const end = first.indexOf('/', common.length) + 1;
    const longer = first.slice(0, end);
    const isSplit = /^(?:train|test)\/$/.test(longer.slice(common.length));
    if (end === 0 || isSplit || !names.every((name) => name.startsWith(longer))) return common;
    common = longer;
  }
}

export function isImage(name: string): boolean {
  return /\.(?:png|jpe?g)$/i.test(name) && !name.split('/').some(isPassedOver);
}

/** Files that file managers leave behind. */
export function isPassedOver(name: string): boolean {
  return name.startsWith('.') || name === 'Thumbs.db' || name === 'desktop.ini';
}

function shown(names: readonly string[]): string {
  const some = [...names].sort().slice(0, 3).join(', ');
  return names.length > 3 ? `${some} and ${names.length - 3} more` : some;
}
