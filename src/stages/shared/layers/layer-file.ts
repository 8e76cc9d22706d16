/** The names of the files that hold arrays about one layer. Layers of foreign models have names such as `/layer1/conv/Conv`. */
import { createHash } from 'node:crypto';

const EXTENSION = '.safetensors';

/** The longest name of a layer that becomes the name of a file. File systems allow 255 bytes. */
const LONGEST = 200;

/** The name of the file is a digest instead. */
export function isShortened(layer: string): boolean {
  return encoded(layer).length > LONGEST;
}

/** @param part such as `.moments` */
export function layerFile(layer: string, part = ''): string {
  if (!isShortened(layer)) return `${encoded(layer)}${part}${EXTENSION}`;
  const digest = createHash('sha256').update(layer).digest('hex').slice(0, 32);
  return `${SHORTENED}${digest}${part}${EXTENSION}`;
}

/** Not part of the encoded name of any layer. */
const SHORTENED = '%-';

/** The layer of a file without a part. Null if its name is shortened, undefined if it is another file. */
export function layerOfFile(file: string): string | null | undefined {
  if (!file.endsWith(EXTENSION)) return undefined;
  if (file.startsWith(SHORTENED)) return null;
  return decodeURIComponent(file.slice(0, -EXTENSION.length));
}

function encoded(layer: string): string {
  return encodeURIComponent(layer).replaceAll('%40', '@').replaceAll('*', '%2A');
}
