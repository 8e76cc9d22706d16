/** The parameter counts that the seed project published, from descriptions alone. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CompressionMethod } from '../../src/linalg/methods/compression-method.ts';
import { compressionMethods } from '../../src/linalg/methods/index.ts';
import { countParameters } from '../../src/nn/model/description.ts';
import { inferShapes } from '../../src/nn/model/shapes.ts';
import { vgg11 } from '../../src/nn/model/vgg.ts';
import {
  factoredDescription,
  nominalRanks,
} from '../../src/stages/parts/compressed-description.ts';

/** A head of 25088 -> 4096 -> 4096 -> 10. */
const vgg = vgg11({ input: [32, 32, 1], classes: 10, width: 1, hidden: 4096, pool: 7 });

function methodNamed(name: string): CompressionMethod {
  return compressionMethods.find((method) => method.name === name)!;
}

function compressed(method: CompressionMethod, rate: number) {
  return factoredDescription(vgg, nominalRanks(vgg, method, rate));
}

const published = readFileSync(
  new URL('../linalg/seed-parameter-counts.csv', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','));

describe.each(['svd', 'cur'])('the %s of the seed', (family) => {
  it('has the published number of parameters at every rate', () => {
    const rows = published.filter(([name]) => name === family);
    expect(rows).toHaveLength(family === 'svd' ? 41 : 99);
    const counted = rows.map(([name, rate]) => {
      const description = compressed(methodNamed(`${family}-seed`), Number(rate));
      return [name, rate, String(countParameters(description).classifier)];
    });
    expect(counted).toEqual(rows);
  });
});

describe('a compressed description', () => {
  it('is of the uncompressed size that the seed tells, and its layers fit', () => {
    expect(countParameters(vgg).classifier).toBe(119_586_826);
    for (const method of compressionMethods) {
      const description = compressed(method, 25);
      expect(() => inferShapes(description)).not.toThrow();
      expect(description.features).toBe(vgg.features);
      expect(description.classifier).toHaveLength(vgg.classifier.length);
    }
  });

  it('leaves the last layer whole, or factors it at its full rank', () => {
    const last = (name: string) => compressed(methodNamed(name), 50).classifier.at(-1);
    expect(last('svd')).toEqual({ kind: 'dense', name: 'classifier.6', in: 4096, out: 10 });
    expect(last('cur-seed')).toEqual(last('svd'));
    expect(last('svd-seed')).toMatchObject({ kind: 'factored-dense', rank: 10 });
  });

  it('changes nothing where no layer has a rank', () => {
    expect(factoredDescription(vgg, new Map())).toEqual(vgg);
  });
});
