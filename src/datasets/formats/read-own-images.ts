/**
 * Reads a user's own images: a folder of PNG or JPEG files, a NumPy archive, or IDX files.
 */
import { fittedImages, type Sizing } from '../fitting.ts';
import type { PixelSet } from '../image-set.ts';
import type { NamedFiles, ReadingWatch } from '../named-files.ts';
import type { TestImages } from '../test-images.ts';
import { idxPairs, readIdxPairs } from './idx-files.ts';
import { readImageFolder } from './image-folder.ts';
import { commonFolder, imageFormat } from './image-format.ts';
import { readNpz } from './npz.ts';
import type { OwnImages } from './own-images.ts';
import { readTestFolder } from './test-folder.ts';

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
  const common = commonFolder(files.names);
  const names = files.names.map((name) => name.slice(common.length));
  const read: NamedFiles['read'] = (name) => files.read(common + name);
  switch (imageFormat(names, labelled)) {
    case 'npz':
      return fitted(await readNpz(names[0]!, read(names[0]!)), names[0]!, sizing);
    case 'split':
      return readImageFolder({ names, read }, sizing, watch);
    case 'idx':
      return fitted(readIdxPairs(idxPairs(names)!, read), 'an image', sizing);
    case 'images':
      return readTestFolder({ names, read }, sizing, labelled, watch);
  }
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
