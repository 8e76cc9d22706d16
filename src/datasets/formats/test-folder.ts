/**
 * A folder of test images, for models that were trained elsewhere: `<class>/<image>`, or images without labels in any
 * folders. The folder `test` around them is optional. Classes are numbered by their names in the order of code units.
 */
import type { Sizing } from '../fitting.ts';
import { type ClassIndices, classIndices } from '../model-samples.ts';
import type { NamedFiles, ReadingWatch } from '../named-files.ts';
import type { TestImages } from '../test-images.ts';
import { UnfitData } from '../unfit-data.ts';
import { ImageFiles, interleaved } from './image-files.ts';
import { isImage } from './image-format.ts';

/** @param labelled whether folders are classes. Images that are in no folder have no labels. */
export async function readTestFolder(
  files: NamedFiles,
  sizing: Sizing,
  labelled: boolean,
  watch: ReadingWatch,
): Promise<TestImages> {
  const inTest = files.names.filter((name) => name.startsWith('test/') && isImage(name));
  const names = (inTest.length > 0 ? inTest : files.names.filter(isImage)).sort();
  const folder = inTest.length > 0 ? 'test/' : '';
  requireImages(files.names.filter((name) => name.startsWith(folder)));
  const paths = names.map((name) => name.slice(folder.length).split('/'));
  const isFlat = paths.every((path) => path.length === 1);
  const given = labelled && !isFlat ? classesOf(names, paths) : undefined;
  const order = given?.names ?? names;
  const images = new ImageFiles(files, { first: order[0]!, count: order.length, sizing }, watch);
  const { labels = null, classes = null } = given ?? {};
  return { ...(await images.read(order)), labels, classes };
}

/** An image in another format would be left out without a word. */
function requireImages(names: readonly string[]): void {
  const other = names.find((name) => /\.(?:webp|bmp|gif|tiff?|heic|avif)$/i.test(name));
  if (other === undefined) return;
  throw new UnfitData(`${other} is neither PNG nor JPEG`, 'convert it to PNG, or remove it');
}

interface Classes {
  readonly names: readonly string[];
  readonly labels: ClassIndices;
  readonly classes: number;
}

const MOST_CLASSES = 2 ** 16;

function classesOf(names: readonly string[], paths: readonly (readonly string[])[]): Classes {
  const stray = paths.findIndex((path) => path.length !== 2);
  if (stray >= 0) {
    const where = paths[stray]!.length === 1 ? 'next to' : 'in a folder inside';
    throw new UnfitData(
      `${names[stray]} is ${where} the folders of classes`,
      'put each image into the folder of its class, or set labels: false',
    );
  }
  const folders = [...new Set(paths.map(([folder]) => folder!))].sort();
  if (folders.length < 2 || folders.length > MOST_CLASSES) {
    throw new UnfitData(
      `the images are in ${folders.length} folders, but a model has 2 to ${MOST_CLASSES} classes`,
      'give one folder for each class of the model, or set labels: false',
    );
  }
  const entries = interleaved(
    folders.map((folder, label) =>
      names.filter((_, i) => paths[i]![0] === folder).map((name) => ({ name, label })),
    ),
  );
  const labels = classIndices(entries.length, folders.length - 1);
  labels.set(entries.map(({ label }) => label));
  return { names: entries.map(({ name }) => name), labels, classes: folders.length };
}
