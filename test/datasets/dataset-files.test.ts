import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar';
import { afterAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/datasets/catalog.ts';
import { readDataset } from '../../src/datasets/dataset-files.ts';

const root = mkdtempSync(join(tmpdir(), 'datasets-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('readDataset', () => {
  it.each(['mnist', 'fashion-mnist'] as const)('reads %s from its four files', (name) => {
    const folder = join(root, name);
    mkdirSync(folder);
    const write = (split: string, count: number) => {
      const header = [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28];
      writeFileSync(
        join(folder, `${split}-images-idx3-ubyte`),
        Uint8Array.of(...header, ...new Uint8Array(count * 784)),
      );
      writeFileSync(
        join(folder, `${split}-labels-idx1-ubyte`),
        Uint8Array.of(0, 0, 8, 1, 0, 0, 0, count, ...new Uint8Array(count)),
      );
    };
    write('train', 3);
    write('t10k', 2);
    const { train, test, facts } = readDataset((file) => join(folder, file), name);
    expect(train).toMatchObject({ count: 3, height: 28, width: 28, channels: 1 });
    expect(test.count).toBe(2);
    expect(facts).toBe(catalog[name]);
  });

  const sample = new URL('../../../shared/data/cifar-10-binary-sample.tar.gz', import.meta.url);
  it.skipIf(!existsSync(sample))(
    'reads a sample of CIFAR-10 (skipped without ../shared/data)',
    async () => {
      await extract({ file: sample.pathname, cwd: root });
      const folder = join(root, 'cifar-10-batches-bin');
      const { train, test } = readDataset((file) => join(folder, file), 'cifar10');
      expect([train.count, test.count]).toEqual([1500, 300]);
      const perClass = new Array(10).fill(0);
      for (const label of test.labels) perClass[label] += 1;
      expect(perClass).toEqual(new Array(10).fill(30));
      // Neighbouring pixels of a photograph are similar. If planes were read as pixels, they would not be.
      let difference = 0;
      for (let i = 3; i < 3072; i += 1) {
        if (i % 96 >= 3) difference += Math.abs(test.pixels[i]! - test.pixels[i - 3]!);
      }
      expect(difference / 3072).toBeLessThan(25);
    },
  );
});

describe('catalog', () => {
  it.each(Object.values(catalog))('agrees with itself about $name', (facts) => {
    expect(facts.classNames).toHaveLength(facts.classes);
    expect(facts.mean).toHaveLength(facts.channels);
    expect(facts.std).toHaveLength(facts.channels);
    const bytesPerImage = facts.height * facts.width * facts.channels;
    const images = facts.trainCount + facts.testCount;
    const total = facts.files.reduce((sum, file) => sum + file.bytes, 0);
    const headers = facts.name.endsWith('mnist') ? 2 * (16 + 8) : 0;
    expect(total).toBe(images * (bytesPerImage + 1) + headers);
    for (const { sha256 } of facts.files)
      if (sha256 !== null) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});
