/** The names of the files that hold arrays about one layer. Layers of foreign models have names such as `/layer1/conv/Conv`. */
import { createHash } from 'node:crypto';

const EXTENSION = '.safetensors';

/** The longest name of a layer that becomes the name of a file. File systems allow 255 bytes. */
const LONGEST = 200;

/** @param part such as `.moments` */
export function layerFile(layer: string, part = ''): string {
  const name = encodeURIComponent(layer).replaceAll('%40', '@').replaceAll('*', '%2A');
  if (name.length <= LONGEST) return `${name}${part}${EXTENSION}`;
  const digest = createHash('sha256').update(layer).digest('hex').slice(0, 32);
  return `layer-${digest}${part}${EXTENSION}`;
}

/** The layer of a file without a part. `undefined` if it is another file. */
export function layerOfFile(file: string): string | undefined {
  return file.endsWith(EXTENSION)
    ? decodeURIComponent(file.slice(0, -EXTENSION.length))
    : undefined;
}
