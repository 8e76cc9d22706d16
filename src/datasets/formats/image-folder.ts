/**
 * A folder of images: `train/<class>/<image>`, and `test/<class>/<image>` if there is a test split.
 * Classes are numbered by their names in the order of code units, as most tools do.
 *
 * In the order of the images, the first n contain each class by its share, for every n, since a limited run
 * uses the first ones. The order needs no seed: image i of the n of its class has the position (i + 1/2) / n,
 * and equal positions are sorted by class.
 */
import type { Sizing } from '../fitting.ts';
import type { ImageSet } from '../image-set.ts';
import type { NamedFiles, ReadingWatch } from '../named-files.ts';
import { UnfitData } from '../unfit-data.ts';
import { ImageFiles, interleaved } from './image-files.ts';
import { isPassedOver } from './image-format.ts';
import type { OwnImages } from './own-images.ts';

export async function readImageFolder(
  files: NamedFiles,
  sizing: Sizing,
  watch: ReadingWatch,
): Promise<OwnImages> {
  const { classNames, train, test } = planOf(files.names);
  const count = train.length + test.length;
  const images = new ImageFiles(files, { first: train[0]!.file, count, sizing }, watch);
  const readSplit = async (entries: readonly Entry[]): Promise<ImageSet> => ({
    ...(await images.read(entries.map(({ file }) => file))),
    classes: classNames.length,
    labels: Uint8Array.from(entries, ({ label }) => label),
  });
  return {
    classNames,
    train: await readSplit(train),
    test: test.length === 0 ? undefined : await readSplit(test),
  };
}

interface Entry {
  readonly file: string;
  readonly label: number;
}

interface Plan {
  readonly classNames: readonly string[];
  readonly train: readonly Entry[];
  readonly test: readonly Entry[];
}

const MOST_CLASSES = 256;

/** Finds the images of each class, without reading them. */
function planOf(names: readonly string[]): Plan {
  const train = bySplit(names, 'train');
  const test = bySplit(names, 'test');
  const classNames = [...train.keys()].sort();
  if (classNames.length === 0) {
    throw new UnfitData('train/ has no class folders', 'put images into train/<class>/');
  }
  if (classNames.length > MOST_CLASSES) {
    throw new UnfitData(
      `train/ has ${classNames.length} classes, more than the limit of ${MOST_CLASSES}`,
      'each folder is a class: check whether the images are one folder too deep',
    );
  }
  const unknown = [...test.keys()].find((name) => !train.has(name));
  if (unknown !== undefined) {
    throw new UnfitData(
      `test/${unknown} is a class without images in train/`,
      'add images of it to train/, or remove it from test/',
    );
  }
  const entries = (split: ReadonlyMap<string, readonly string[]>): Entry[] =>
    interleaved(
      classNames.map((name, label) =>
        (split.get(name) ?? []).map((file): Entry => ({ file, label })),
      ),
    );
  return { classNames, train: entries(train), test: entries(test) };
}

/** Class -> its sorted files. Files whose name begins with "." are ignored; a class with no others is empty. */
function bySplit(names: readonly string[], split: string): Map<string, string[]> {
  const classes = new Map<string, string[]>();
  for (const name of [...names].sort()) {
    const [first, className, ...rest] = name.split('/');
    if (first !== split) continue;
    const inside = rest.length > 0;
    if (isPassedOver(inside ? rest.at(-1)! : className!)) {
      if (inside && !isPassedOver(className!)) listOf(classes, className!);
      continue;
    }
    if (!inside) {
      throw new UnfitData(
        `${name} is next to the class folders`,
        `move it into ${split}/<class>/, or remove it`,
      );
    }
    if (rest.length > 1) {
      throw new UnfitData(
        `${name} is in a folder inside its class folder`,
        `put the images directly into ${split}/${className}/`,
      );
    }
    listOf(classes, className!).push(name);
  }
  for (const [className, files] of classes) {
    if (files.length > 0) continue;
    throw new UnfitData(`${split}/${className} has no images`, 'add images, or remove the folder');
  }
  return classes;
}

function listOf(classes: Map<string, string[]>, name: string): string[] {
  const known = classes.get(name) ?? [];
  classes.set(name, known);
  return known;
}
