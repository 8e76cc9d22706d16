/**
 * A checkpoint as one safetensors file, replaced atomically: a crash leaves the old or the new one. The metadata contain
 * a checksum of everything, so that no run continues from a damaged checkpoint.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { ExpectedError, isExpectedError } from '../../base/expected-error.ts';
import { hasCode, isAbsent } from '../../base/system-error.ts';
import {
  readSafetensors,
  type StoredTensor,
  writeSafetensors,
} from '../../safetensors/safetensors.ts';
import type { Weight } from '../model/weights.ts';
import type { CheckpointState } from './checkpoint.ts';
import type { EpochScores } from './epoch-scores.ts';

const format = '4';

/** Writes `state` to a file next to `path`, flushes it to the disk, and renames it. */
export function writeCheckpoint(path: string, state: CheckpointState): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.partial`;
  writeSafetensors(temporary, encode(state), true);
  try {
    renameSync(temporary, path);
  } catch (problem) {
    if (!hasCode(problem, 'EISDIR', 'ENOTEMPTY', 'EEXIST')) throw problem;
    // There is a folder with this name.
    rmSync(path, { recursive: true });
    renameSync(temporary, path);
  }
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/**
 * The checkpoint at `path`. Undefined if it is missing, damaged or a folder: then the training starts again from the beginning.
 * Throws if the file exists and the system can't read it.
 */
export function readCheckpoint(path: string): CheckpointState | undefined {
  try {
    return decode(readSafetensors(path));
  } catch (problem) {
    // EISDIR: a folder has this name. The next checkpoint replaces it.
    if (isAbsent(problem) || hasCode(problem, 'EISDIR')) return undefined;
    if (isExpectedError(problem)) return undefined;
    throw problem;
  }
}

type Content = Parameters<typeof writeSafetensors>[1];

function encode(state: CheckpointState): Content {
  const { step, weights, statistics, adam, losses, scores = [] } = state;
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
  tensors.set('losses', { shape: [losses.length], data: losses });
  const metadata = {
    format,
    step: String(step),
    adamStep: String(adam.step),
    order: JSON.stringify([...weights.keys()]),
    statistics: JSON.stringify([...statistics.keys()]),
    scores: JSON.stringify(scores),
  };
  return { tensors, metadata: { ...metadata, check: checksum({ tensors, metadata }) } };
}

/** CRC-32 of the metadata, and of the names, shapes and values of the arrays. */
function checksum({ tensors, metadata }: Content): string {
  const names = [...tensors.keys()].sort();
  const shapes = names.map((name) => [name, tensors.get(name)!.shape]);
  const facts = Object.keys(metadata)
    .sort()
    .map((name) => [name, metadata[name]]);
  let sum = crc32(JSON.stringify([facts, shapes]));
  for (const name of names) {
    const { buffer, byteOffset, byteLength } = tensors.get(name)!.data;
    // For no bytes, zlib returns 0 and ignores the sum so far.
    if (byteLength > 0) sum = crc32(new Uint8Array(buffer, byteOffset, byteLength), sum);
  }
  return sum.toString(16).padStart(8, '0');
}

function decode({ tensors, metadata: { check, ...metadata } }: Content): CheckpointState {
  if (metadata.format !== format || check !== checksum({ tensors, metadata })) {
    throw new ExpectedError('the checkpoint is damaged, or of another version');
  }
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
    losses: floats('losses'),
    scores: JSON.parse(metadata.scores!) as readonly EpochScores[],
  };
}
