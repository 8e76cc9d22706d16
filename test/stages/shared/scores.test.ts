import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { EvaluationRow } from '../../../src/nn/evaluation-row.ts';
import { rowKey } from '../../../src/report/measurement.ts';
import type { InputArtifact } from '../../../src/runner/graph/stage-type.ts';
import { reportInput } from '../../../src/stages/shared/report-input.ts';
import { readOutcomes, readRows, writeScores } from '../../../src/stages/shared/scores.ts';
import { fakeRows } from '../../report/fake-results.ts';

const root = mkdtempSync(join(tmpdir(), 'scores-'));
afterAll(() => rmSync(root, { recursive: true }));

const labels = Uint8Array.from([0, 1, 2, 3]);
const [first, second] = fakeRows('mnist', { rates: [2], protocols: ['posthoc'], images: 4 }).slice(
  1,
) as [EvaluationRow, EvaluationRow];
const measured = [
  { row: second, predictions: Uint8Array.from([0, 1, 0, 0]) },
  { row: first, predictions: Uint8Array.from([3, 1, 2, 3]) },
];

function artifact(folder: string): InputArtifact {
  const files = readdirSync(folder);
  return { files, path: (file: string) => join(folder, file) } as unknown as InputArtifact;
}

function written(name: string, some: typeof measured): InputArtifact {
  const folder = mkdtempSync(join(root, name));
  writeScores(folder, some, labels);
  return artifact(folder);
}

describe('scores', () => {
  it('say which images were classified correctly, in the order of their rows', () => {
    const scores = written('both', measured);
    const rows = readRows(scores);
    const outcomes = readOutcomes(scores, rows);
    const right = new Map(rows.map((row, i) => [rowKey(row), outcomes[i]]));
    expect(right.get(rowKey(first))).toEqual(Uint8Array.from([0, 1, 1, 1]));
    expect(right.get(rowKey(second))).toEqual(Uint8Array.from([1, 1, 0, 0]));
    expect(written('turned', [...measured].reverse()).files).toEqual(scores.files);
  });

  it('of an earlier format have no results of single images', () => {
    const scores = written('old', measured);
    const rows = readRows(scores);
    expect(readOutcomes({ ...scores, files: ['rows.json'] }, rows)).toEqual([]);
  });

  it.each([
    ['[', 'rows.json: it is not JSON'],
    ['{}', 'rows.json: the file must be a list of rows'],
    ['[{}]', 'rows.json: [0].dataset is missing'],
    [
      JSON.stringify([{ ...first, compression: 2 }]),
      'rows.json: [0].compression must be an object with classifier and total',
    ],
    [
      JSON.stringify([first, { ...second, protocol: 'other' }]),
      'rows.json: [1].protocol must be one of baseline, control, posthoc, finetuned, published',
    ],
  ])('with an error that a command wrote are refused with the place: %#', (text, message) => {
    const folder = mkdtempSync(join(root, 'wrong'));
    writeFileSync(join(folder, 'rows.json'), text);
    expect(() => readRows(artifact(folder))).toThrow(
      expect.objectContaining({ name: 'ExpectedError', message }),
    );
  });

  it('reach the report with their outcomes', async () => {
    const parts = [written('one', measured.slice(0, 1)), written('two', measured.slice(1))];
    const inputs = (port: string) => (port === 'scores' ? parts : []);
    const { rows, outcomes } = reportInput('A study', { inputs });
    expect(rows).toHaveLength(2);
    expect([...outcomes!.keys()].sort()).toEqual(rows.map(rowKey).sort());
    expect(outcomes!.get(rowKey(second))).toEqual(Uint8Array.from([1, 1, 0, 0]));
  });
});
