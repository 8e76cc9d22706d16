/** The outputs of an original model, which a later stage compares with. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Batch, BatchOutput } from '../../../../src/nn/runtime/batches.ts';
import type { InputArtifact } from '../../../../src/runner/graph/stage-type.ts';
import {
  OutputKeeper,
  originalOutputs,
  recordOutputs,
} from '../../../../src/stages/shared/scoring/original-outputs.ts';
import { writeScores } from '../../../../src/stages/shared/scoring/scores.ts';
import { artifact, labels, measured } from '../measured-scores.ts';

const root = mkdtempSync(join(tmpdir(), 'scores-'));
afterAll(() => rmSync(root, { recursive: true }));

function written(name: string, some: typeof measured): InputArtifact {
  const folder = mkdtempSync(join(root, name));
  writeScores(folder, some, labels);
  return artifact(folder);
}

describe('the outputs of an original model', () => {
  const batch = (from: number, count: number): Batch => {
    const values = Float32Array.from({ length: 2 * count }, (_, i) => 2 * from + i);
    const scalar = { isBySample: false, shape: [], values: Float32Array.of(1) };
    return {
      from,
      count,
      outputs: new Map<string, BatchOutput>([
        ['y', { isBySample: true, shape: [count, 2], values }],
        ['loss', scalar],
        [
          'boxes',
          {
            isBySample: true,
            shape: [count, 1 + from],
            values: new Float64Array(count * (1 + from)),
          },
        ],
      ]),
    };
  };

  it('are kept by samples, without those whose size differs', () => {
    const folder = mkdtempSync(join(root, 'outputs'));
    const keeper = new OutputKeeper(folder, 'net', 0);
    for (const one of [batch(0, 3), batch(3, 3), batch(6, 1)]) keeper.add(one);
    recordOutputs(folder, keeper.finish());
    expect(readdirSync(folder).sort()).toEqual(['output-0-0.bin', 'outputs.index']);
    const { read } = originalOutputs(artifact(folder), 'net')!;
    expect(read('y', 2, 3, 2)).toEqual(Float32Array.of(4, 5, 6, 7, 8, 9));
    expect(read('y', 6, 4, 2)).toEqual(Float32Array.of(12, 13));
    expect(read('y', 9, 1, 2)).toEqual(new Float32Array());
    expect(read('boxes', 0, 1, 1)).toBeUndefined();
    expect(() => read('y', 0, 1, 1)).toThrow('that of the original "net" has 2');
  });

  it('are unknown for other scores', () => {
    expect(originalOutputs(written('plain', measured), 'net')).toBeUndefined();
  });
});
