/** Statistics of a layer are read as they were written, and only the requested vectors. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Matrix } from '../../../../src/linalg/matrix.ts';
import { layerStatistics } from '../../../../src/linalg/statistics.ts';
import type { InputArtifact } from '../../../../src/runner/graph/stage-type.ts';
import { weightDigest } from '../../../../src/stages/shared/compression/factor-files.ts';
import {
  readStatistics,
  writeStatistics,
} from '../../../../src/stages/shared/compression/statistics-files.ts';
import { gaussian } from '../../../linalg/test-matrices.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'statistics-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Only the part of an artifact that reading uses. */
const artifact = () =>
  ({
    files: readdirSync(folder),
    path: (file: string) => join(folder, file),
  }) as unknown as InputArtifact;

const WEIGHT = weightDigest(gaussian(9, 12, 1));

const singles = (matrix: Matrix) => [...Float32Array.from(matrix.data)];

it.each([
  [50, 4],
  [50, 100],
  [6, 4],
  [6, 100],
])('%i samples, %i vectors', async (samples, rank) => {
  const written = layerStatistics(gaussian(9, 12, 1), gaussian(samples, 12, 2));
  writeStatistics(folder, 'dense', written, WEIGHT);
  const read = readStatistics(artifact(), 'dense', rank, WEIGHT);

  expect(read.inputScale).toEqual(written.inputScale);
  expect(read.inputMean).toEqual(written.inputMean);
  const count = Math.min(rank, written.outputVectors.rows);
  expect([read.outputVectors.rows, read.outputVectors.cols]).toEqual([count, 9]);
  expect(singles(read.outputVectors)).toEqual(singles(written.outputVectors).slice(0, count * 9));
  const kept = Math.min(rank, 9);
  expect(read.scaled.s).toEqual(written.scaled.s);
  expect(read.scaled.ut(kept).rows).toBe(kept);
  expect(singles(read.scaled.ut(kept))).toEqual(singles(written.scaled.ut(kept)));
  expect(singles(read.scaled.vt(kept))).toEqual(singles(written.scaled.vt(kept)));
});

it('inputs that are zero, whose scaled weight has no factors', async () => {
  const zero = { rows: 4, cols: 12, data: new Float64Array(48) };
  writeStatistics(folder, 'dense', layerStatistics(gaussian(9, 12, 1), zero), WEIGHT);
  const read = readStatistics(artifact(), 'dense', 5, WEIGHT);
  expect(read.outputVectors.rows).toBe(1);
  expect(read.scaled.s).toHaveLength(0);
  expect([read.scaled.rows, read.scaled.cols]).toEqual([9, 12]);
});
