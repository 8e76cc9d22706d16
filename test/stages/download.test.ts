import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { StageError } from '../../src/runner/graph/stage-type.ts';
import { filesIn, Workbench, writeDigits } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

async function problemOf(parameters: object): Promise<StageError> {
  const problem = await bench.run('download', { parameters }).catch((thrown: unknown) => thrown);
  expect(problem).toBeInstanceOf(StageError);
  return problem as StageError;
}

describe('download', () => {
  it('refuses other files, lists the sources that it tried, and gives advice', async () => {
    const folder = writeDigits(bench.folder(), 20, 10);
    const { message, advice } = await problemOf({ dataset: 'mnist', sources: ['folder'], folder });
    expect(message).toMatch(
      /^could not download MNIST:\n {2}folder .*: train-images-idx3-ubyte has 15696 bytes, not 47040016; refused$/,
    );
    expect(advice).toContain('--set download.folder=PATH');
    expect(bench.log.at(-1)).toContain('skipped folder');
  });

  it('fails if no source is given', async () => {
    const parameters = { dataset: 'mnist', sources: ['folder'], folder: null };
    const { message, advice } = await problemOf(parameters);
    expect(message).toBe('no source of MNIST is given');
    expect(advice).toContain('--set download.folder=PATH');
  });

  it('writes the files and the name of the data set', async () => {
    // The files of CIFAR-10 have no pinned digests, only their archive has one. Their sizes are checked.
    const folder = bench.folder();
    for (const file of [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`).concat('test_batch.bin')) {
      writeFileSync(join(folder, file), '');
      truncateSync(join(folder, file), 30_730_000);
    }
    const parameters = { dataset: 'cifar10', sources: ['folder'], folder };
    const { data } = await bench.run('download', { parameters });
    expect(filesIn(data!)).toContain('dataset.json');
    expect(filesIn(data!)).toHaveLength(7);
    expect(bench.log).toContainEqual(expect.stringContaining('its digest is not known'));
    expect(bench.log.at(-1)).toBe(`CIFAR-10 from folder ${folder}`);
  });
});
