/** Small images with distinct patterns, as files of a user's folder. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encode } from 'fast-png';
import jpeg from 'jpeg-js';

export interface PictureShape {
  readonly width?: number;
  readonly height?: number;
  readonly channels?: 1 | 2 | 3 | 4;
}

/** Pixel p, channel c has a value that depends on p, c and `seed`. */
export function picture(seed: number, { width = 6, height = 5, channels = 3 }: PictureShape = {}) {
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i += 1) data[i] = (seed * 37 + i * 11) % 256;
  return { width, height, channels, data };
}

export function png(seed: number, shape: PictureShape = {}): Uint8Array {
  return encode(picture(seed, shape));
}

/** Each quarter has one tone, so that JPEG loses little. */
export function jpegFile(seed: number, { width = 16, height = 16 }: PictureShape = {}): Uint8Array {
  const data = Buffer.alloc(width * height * 4, 255);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const quarter = 2 * Number(y >= height / 2) + Number(x >= width / 2);
      for (let c = 0; c < 3; c += 1) {
        data[4 * (y * width + x) + c] = 40 + ((seed * 31 + quarter * 50 + c * 20) % 180);
      }
    }
  }
  return Uint8Array.from(jpeg.encode({ width, height, data }, 95).data);
}

/** Name -> bytes, as `NamedFiles`. */
export function inMemory(files: Readonly<Record<string, Uint8Array>>) {
  return { names: Object.keys(files), read: (name: string) => files[name]! };
}

export function writeFiles(folder: string, files: Readonly<Record<string, Uint8Array>>): string {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
}

/** Two classes, with `each` training images and one test image per class. */
export function twoClasses(each: number, make = png): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const [label, name] of ['cat', 'dog'].entries()) {
    for (let i = 0; i < each; i += 1) files[`train/${name}/${i}.png`] = make(10 * label + i);
    files[`test/${name}/0.png`] = make(100 + label);
  }
  return files;
}

/** An array in the format of np.save. */
export function npy(
  descr: string,
  shape: readonly number[],
  elements: Uint8Array,
  fortran = false,
) {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${dims}), }`;
  const header = `${text.padEnd(117)}\n`;
  return Uint8Array.of(
    0x93,
    ...Buffer.from('NUMPY'),
    1,
    0,
    header.length & 255,
    header.length >> 8,
    ...Buffer.from(header),
    ...elements,
  );
}
