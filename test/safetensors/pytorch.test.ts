/**
 * PyTorch models are saved by `python/save_model.py`, written with full-rank factors, and loaded by
 * `python/lowrank_loader.py`. PIPELINE_PYTHON is the path of a Python with torch; otherwise `python3` is tried.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { tensorLayers } from '../../src/safetensors/layers.ts';
import { writeReplaced } from '../../src/safetensors/replace.ts';
import { openTensors } from '../../src/safetensors/tensor-set.ts';
import { fullRank } from './factors.ts';

const python = process.env.PIPELINE_PYTHON ?? 'python3';
const finds = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)';
const hasTorch = spawnSync(python, ['-c', finds]).status === 0;

const models: Readonly<
  Record<string, { layers?: readonly string[]; replaced: readonly string[]; within: number }>
> = {
  transformer: {
    replaced: [
      ...[0, 1].flatMap((i) => [`encoder.layers.${i}.linear1`, `encoder.layers.${i}.linear2`]),
      'other',
    ],
    within: 1e-5,
  },
  half: { layers: ['other'], replaced: ['other'], within: 0.03 },
  gpt2: {
    replaced: [],
    within: 1e-5,
  },
  convolutions: { replaced: ['0', '10', '2', '4', '6', '8'], within: 1e-5 },
};

test('a model computes the same in PyTorch with full-rank factors', async ({ skip }) => {
  skip(!hasTorch, `${python} has no torch; PIPELINE_PYTHON names another Python`);
  const root = await mkdtemp(join(tmpdir(), 'pytorch-'));
  const script = fileURLToPath(new URL('models.py', import.meta.url));
  const run = async (command: string): Promise<unknown> =>
    JSON.parse((await promisify(execFile)(python, [script, command, root])).stdout);
  expect(await run('save')).toEqual(Object.keys(models));
  for (const [name, { layers: patterns, replaced }] of Object.entries(models)) {
    const folder = join(root, name);
    const set = openTensors(join(folder, 'original'));
    const { layers } = tensorLayers(set, patterns && { layers: patterns });
    const names = layers.map((layer) => layer.name).sort();
    if (name === 'gpt2') expect(layers.every(({ transposed }) => transposed)).toBe(true);
    else expect(names).toEqual([...replaced].sort());
    const replacements = new Map(layers.map((layer) => [layer.name, fullRank(layer)]));
    const facts = layers.map(({ name: layer }) => [layer, { rank: 1, relativeError: 0 }] as const);
    writeReplaced(set, layers, replacements, join(folder, 'compressed'), {
      method: 'svd',
      layers: Object.fromEntries(facts),
    });
    const written = openTensors(join(folder, 'compressed'));
    for (const tensor of set.tensors.keys()) {
      const owner = layers.find((layer) => tensor.startsWith(`${layer.name}.`));
      if (!owner) expect(all(written.bytes(tensor)).equals(all(set.bytes(tensor)))).toBe(true);
    }
  }
  const differences = (await run('check')) as Record<string, number>;
  for (const [name, { within }] of Object.entries(models)) {
    expect(differences[name], name).toBeLessThan(within);
  }
});

function all(parts: Iterable<Uint8Array>): Buffer {
  return Buffer.concat([...parts]);
}
