import { encode } from 'fast-png';
import jpeg from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/datasets/decode/image.ts';
import { UnfitData } from '../../../src/datasets/unfit-data.ts';
import { jpegFile, picture, png } from '../picture.ts';

function refusal(bytes: Uint8Array): string {
  try {
    decodeImage('cat/1', bytes);
  } catch (problem) {
    expect(problem).toBeInstanceOf(UnfitData);
    return `${(problem as UnfitData).message} | ${(problem as UnfitData).advice}`;
  }
  throw new Error('it was taken');
}

/** Without the alpha channel that an encoder adds for this shape. */
function colourOf({ data, channels }: { data: Uint8Array; channels: number }): number[] {
  const kept = channels <= 2 ? 1 : 3;
  return [...data].filter((_, i) => i % channels < kept);
}

describe('a PNG', () => {
  it.each([1, 3] as const)('of %i channels is decoded to its bytes', (channels) => {
    const { width, height, data } = picture(3, { channels });
    const image = decodeImage('a', png(3, { channels }));
    expect(image).toEqual({ width, height, channels, pixels: data });
  });

  it.each([2, 4] as const)(
    'is decoded without an opaque alpha channel (%i channels)',
    (channels) => {
      const given = picture(3, { channels });
      for (let i = channels - 1; i < given.data.length; i += channels) given.data[i] = 255;
      const { pixels } = decodeImage('a', encode(given));
      expect([...pixels]).toEqual(colourOf(given));
    },
  );

  it('is refused if it is transparent', () => {
    expect(refusal(png(3, { channels: 4 }))).toBe(
      'cat/1 has transparent parts | put it on a background and save it without alpha',
    );
  });

  it('is refused with 16 bits', () => {
    const data = new Uint16Array(12).fill(700);
    expect(refusal(encode({ width: 2, height: 2, channels: 3, depth: 16, data }))).toBe(
      'cat/1 has 16 bits per channel, not 8 | save it with 8 bits per channel',
    );
  });

  it.each([1, 2, 4] as const)('of %i bits is scaled to bytes', (depth) => {
    // Width 5 leaves padding at the end of each row.
    const levels = Array.from({ length: 15 }, (_, i) => (i * 7) % 2 ** depth);
    const rows = [0, 1, 2].map((y) => {
      const bits = levels
        .slice(5 * y, 5 * y + 5)
        .map((level) => level.toString(2).padStart(depth, '0'))
        .join('');
      return bits.padEnd(8 * Math.ceil((5 * depth) / 8), '0').match(/.{8}/g)!;
    });
    const data = Uint8Array.from(rows.flat(), (bits) => Number.parseInt(bits, 2));
    const { pixels, channels } = decodeImage(
      'a',
      encode({ width: 5, height: 3, channels: 1, depth, data }),
    );
    expect(channels).toBe(1);
    expect([...pixels]).toEqual(levels.map((level) => (level * 255) / (2 ** depth - 1)));
  });

  it('that was cut short or damaged is named', () => {
    const whole = png(3);
    for (const length of [9, 30, whole.length - 20, whole.length - 5]) {
      expect(refusal(whole.subarray(0, length))).toMatch(/^cat\/1 is damaged or cut short: /);
    }
    const flipped = Uint8Array.from(whole);
    flipped[50]! ^= 1;
    expect(refusal(flipped)).toMatch(/^cat\/1 is damaged or cut short: /);
  });
});

describe('a JPEG', () => {
  it('is decoded, up to the loss of JPEG', () => {
    const image = decodeImage('a', jpegFile(2));
    expect(image).toMatchObject({ width: 16, height: 16, channels: 3 });
    // The first pixel is in quarter 0, whose values are known.
    expect(Math.abs(image.pixels[0]! - (40 + 62))).toBeLessThan(4);
    expect(Math.abs(image.pixels[1]! - (40 + 82))).toBeLessThan(4);
  });

  it('is refused with its name if one or more bytes are missing at its end', () => {
    const whole = jpegFile(2);
    for (const length of [whole.length - 1, whole.length - 3, whole.length - 60, 200, 5]) {
      expect(refusal(whole.subarray(0, length))).toMatch(/^cat\/1 is damaged or cut short: /);
    }
  });

  it('is RGB if a marker of Adobe declares it', () => {
    // The same planes of a file, once read as YCbCr and once as RGB.
    const plain = jpegFile(2);
    const app14 = [0xff, 0xee, 0, 14, ...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, 0];
    const marked = Uint8Array.of(...plain.subarray(0, 2), ...app14, ...plain.subarray(2));
    const raw = jpeg.decode(plain, { useTArray: true, formatAsRGBA: false, colorTransform: false });
    expect(decodeImage('a', marked).pixels).toEqual(raw.data);
    expect(decodeImage('a', plain).pixels).not.toEqual(raw.data);
  });

  it('of one component is grey', () => {
    // A frame of 8 x 8 whose only block has only the coefficient DC = 0: mid-grey.
    const tables = [0xff, 0xdb, 0, 67, 0, ...new Array(64).fill(1)];
    const frame = [0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0];
    const huffman = (id: number) => [0xff, 0xc4, 0, 20, id, 1, ...new Array(15).fill(0), 0];
    const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0b00111111];
    const bytes = [
      0xff,
      0xd8,
      ...tables,
      ...frame,
      ...huffman(0),
      ...huffman(0x10),
      ...scan,
      0xff,
      0xd9,
    ];
    const image = decodeImage('a', Uint8Array.from(bytes));
    expect(image).toEqual({
      width: 8,
      height: 8,
      channels: 1,
      pixels: new Uint8Array(64).fill(128),
    });
    bytes[bytes.indexOf(0xc0) + 3] = 12;
    expect(refusal(Uint8Array.from(bytes))).toBe(
      'cat/1 has 12 bits per channel, not 8 | save it again as grey or RGB, eight bits per channel',
    );
  });
});

describe('a file that is not an image', () => {
  it.each([
    ['is neither PNG nor JPEG', Uint8Array.from(Buffer.from('GIF89a...'))],
    ['is empty', new Uint8Array(0)],
  ])('%s', (message, bytes) => {
    expect(refusal(bytes)).toBe(
      `cat/1 ${message} | convert it to PNG, or remove it from the class folder`,
    );
  });
});

describe('the size of an image', () => {
  const huge = (file: Uint8Array, at: number, bytes: 2 | 4): Uint8Array => {
    const copy = file.slice();
    const view = new DataView(copy.buffer);
    for (const place of [at, at + bytes]) {
      if (bytes === 4) view.setUint32(place, 20_000);
      else view.setUint16(place, 20_000);
    }
    return copy;
  };
  const startOfFrame = Buffer.from(jpegFile(2)).indexOf(Buffer.from([0xff, 0xc0])) + 5;

  it.each<[string, Uint8Array]>([
    ['a PNG', huge(png(3), 16, 4)],
    ['a JPEG', huge(jpegFile(2), startOfFrame, 2)],
  ])('is read from the header, and %s of too many pixels is not decoded', (_, bytes) => {
    expect(refusal(bytes)).toBe(
      'cat/1 is 20000 x 20000 pixels, more than the limit of 89478485 in all | make it smaller, or remove it from its folder',
    );
  });

  it('must not be zero', () => {
    const none = png(3).slice();
    new DataView(none.buffer).setUint32(20, 0);
    expect(refusal(none)).toBe(
      'cat/1 is 6 x 0 pixels, so it has no pixels | save it again, or remove it from its folder',
    );
    const flat = jpegFile(2).slice();
    new DataView(flat.buffer).setUint16(startOfFrame, 0);
    expect(refusal(flat)).toMatch(/so it has no pixels/);
  });
});
