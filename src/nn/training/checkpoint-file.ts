/**
 * A checkpoint as one safetensors file, replaced as a whole: a crash at any point leaves the old one
 * or the new one.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { readSafetensors, type StoredTensor, writeSafetensors } from '../model/safetensors.ts';
import type { Weight } from '../model/weights.ts';
import type { CheckpointState } from './checkpoint.ts';

const format = '2';

/** Writes `state` to `path` by way of a file beside it, through to the disk. */
export function writeCheckpoint(path: string, state: CheckpointState): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.partial`;
  writeSafetensors(temporary, encode(state), true);
  renameSync(temporary, path);
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** The checkpoint at `path`, or undefined where there is none that can be read. */
export function readCheckpoint(path: string): CheckpointState | undefined {
  try {
    return decode(readSafetensors(path));
  } catch {
    // A checkpoint only saves time: starting anew is right whatever is wrong with it.
    return undefined;
  }
}

type Content = Parameters<typeof writeSafetensors>[1];

function encode(state: CheckpointState): Content {
  const { step, weights, statistics, adam, losses, lossSum } = state;
  const tensors = new Map<string, StoredTensor>();
  let index = 0;
  for (const [name, weight] of weights) {
    tensors.set(`weight:${name}`, weight);
    for (const moment of ['firstMoments', 'secondMoments'] as const) {
      const data = adam[moment][index]!;
      tensors.set(`${moment}:${name}`, { shape: [data.length], data });
    }
    index++;
  }
  for (const [name, values] of statistics) tensors.set(`statistic:${name}`, values);
  tensors.set('losses', { shape: [losses.length], data: Float64Array.from(losses) });
  tensors.set('lossSum', { shape: [1], data: Float32Array.of(lossSum) });
  const metadata = {
    format,
    step: String(step),
    adamStep: String(adam.step),
    order: JSON.stringify([...weights.keys()]),
    statistics: JSON.stringify([...statistics.keys()]),
  };
  return { tensors, metadata };
}

function decode({ tensors, metadata }: Content): CheckpointState {
  if (metadata.format !== format) throw new Error(`checkpoint format ${metadata.format}`);
  const listed = (names: string) => JSON.parse(names) as readonly string[];
  const names = listed(metadata.order!);
  const stored = (kind: string, name: string) => tensors.get(`${kind}:${name}`) as Weight;
  const floats = (name: string) => tensors.get(name)!.data as Float32Array;
  const moments = (kind: string) => names.map((name) => floats(`${kind}:${name}`));
  return {
    step: Number(metadata.step),
    weights: new Map(names.map((name) => [name, stored('weight', name)])),
    statistics: new Map(
      listed(metadata.statistics!).map((name) => [name, stored('statistic', name)]),
    ),
    adam: {
      step: Number(metadata.adamStep),
      firstMoments: moments('firstMoments'),
      secondMoments: moments('secondMoments'),
    },
    losses: [...tensors.get('losses')!.data],
    lossSum: floats('lossSum')[0]!,
  };
}
