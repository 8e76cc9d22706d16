/** The files of scores, which `evaluate` and Python write, and the report reads. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { EvaluationRow } from '../../../../src/nn/evaluation-row.ts';
import { rowKey } from '../../../../src/report/measurement.ts';
import type { InputArtifact } from '../../../../src/runner/graph/stage-type.ts';
import { reportInput } from '../../../../src/stages/shared/reports/report-input.ts';
import {
  onlyOriginal,
  originalScores,
  readOutcomes,
  readRows,
  writeScores,
} from '../../../../src/stages/shared/scoring/scores.ts';
import { artifact, first, labels, measured, second } from '../measured-scores.ts';

const root = mkdtempSync(join(tmpdir(), 'scores-'));
afterAll(() => rmSync(root, { recursive: true }));

const historyOf = ({ model, trainingSeed }: EvaluationRow) => ({
  title: model,
  training: { seed: trainingSeed ?? 0 },
});

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
    [
      JSON.stringify([{ ...first, accuracy: 72.5 }]),
      'rows.json: [0].accuracy must be a share from 0 to 1',
    ],
    [
      JSON.stringify([{ ...first, outputErrors: { y: null } }]),
      'rows.json: [0].outputErrors.y must be a number',
    ],
    [
      JSON.stringify([{ ...first, outputs: [{ name: 'y', relativeError: 0.1 }] }]),
      'rows.json: [0].outputs is now named "outputErrors", an object such as {"y": 0.01} instead of a list',
    ],
    [
      JSON.stringify([{ ...first, accuracy: null, agreement: null }]),
      'rows.json: [0] has neither accuracy nor agreement nor outputErrors, so it has no measurement',
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

  it('of more than 256 classes are stored in wider integers', () => {
    const folder = mkdtempSync(join(root, 'wide'));
    const predictions = Uint16Array.of(999, 1, 2, 300);
    const row = { ...first, protocol: 'baseline' as const };
    writeScores(folder, [{ row, predictions }], Uint16Array.of(999, 1, 2, 3));
    const scores = artifact(folder);
    expect(originalScores(scores, historyOf(row))).toEqual({ model: row.model, predictions });
    expect(readOutcomes(scores, readRows(scores))).toEqual([Uint8Array.of(1, 1, 1, 0)]);
  });

  it('without labels have the outcomes of the original', () => {
    const folder = mkdtempSync(join(root, 'unlabelled'));
    const row = { ...first, accuracy: null, loss: null };
    const original = Uint8Array.of(5, 5, 6, 6);
    writeScores(folder, [{ row, predictions: Uint8Array.of(5, 0, 6, 6) }], null, original);
    const scores = artifact(folder);
    expect([...scores.files].sort()).toEqual(['original.bin', 'predictions-0.bin', 'rows.json']);
    expect(readOutcomes(scores, readRows(scores))).toEqual([Uint8Array.of(1, 0, 1, 1)]);
  });

  it('of a model that predicts no classes have no outcomes', () => {
    const folder = mkdtempSync(join(root, 'no-classes'));
    writeScores(folder, [{ row: first, predictions: null }], null);
    const scores = artifact(folder);
    expect(readOutcomes(scores, readRows(scores))).toEqual([]);
    expect(originalScores(scores, historyOf(first))).toBeUndefined();
  });

  it('of several original models are compared by name and training', () => {
    const folder = mkdtempSync(join(root, 'originals'));
    const baseline = (model: string, trainingSeed: number, prediction: number) => ({
      row: { ...first, protocol: 'baseline' as const, model, trainingSeed },
      predictions: new Uint8Array(4).fill(prediction),
    });
    const originals = [baseline('a', 0, 1), baseline('a', 1, 2), baseline('b', 0, 3)];
    writeScores(folder, originals, labels);
    const scores = artifact(folder);
    const predicted = (title: string, seed: number) =>
      originalScores(scores, { title, training: { seed } })!.predictions![0];
    expect([predicted('a', 0), predicted('a', 1), predicted('b', 0)]).toEqual([1, 2, 3]);
    expect(() => predicted('c', 0)).toThrow(
      'has 3 original models (a, a, b), and none of them can be the original of "c"',
    );
    writeScores(folder, [...originals, baseline('b', 0, 4)], labels);
    expect(() => predicted('b', 0)).toThrow('several of them can be the original of "b"');
  });

  it('of different originals have no common predictions', () => {
    const [a, b] = ['a', 'b'].map((model) => ({ model, predictions: Uint8Array.of(1) }));
    const baseline = { ...measured[0]!, row: { ...first, protocol: 'baseline' as const } };
    expect(onlyOriginal(measured, [a, a])).toBe(a!.predictions);
    expect(onlyOriginal(measured, [a, b])).toBeNull();
    expect(onlyOriginal([...measured, baseline], [undefined, undefined, undefined])).toBe(
      baseline.predictions,
    );
    expect(onlyOriginal([baseline, baseline], [undefined, undefined])).toBeNull();
  });

  it('with files that do not fit are refused with the file', () => {
    const scores = written('short', measured);
    writeFileSync(scores.path('labels.bin'), Uint8Array.of(1, 2, 3));
    expect(() => readOutcomes(scores, readRows(scores))).toThrow(
      'labels.bin has 3 bytes, but rows.json has a count of 4 samples',
    );
    const files = scores.files.filter((file) => file !== 'predictions-1.bin');
    writeFileSync(scores.path('labels.bin'), labels);
    expect(() => readOutcomes({ ...scores, files }, readRows(scores))).toThrow(
      'scores have labels.bin and 2 rows, but no predictions-1.bin',
    );
  });
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!hasPython)(`python/write_scores.py${hasPython ? '' : ' (no python3)'}`, () => {
  it('writes scores that the report reads', () => {
    const folder = mkdtempSync(join(root, 'python'));
    const script = `
import sys
sys.path.insert(0, "python")
from write_scores import read_classes, row, write_scores
some = dict(dataset="mine", model="net", count=3)
rows = [
    row(parameters=100, accuracy=1.0, loss=0.5, **some),
    row(parameters=50, before=100, method="svd", family="svd", label="SVD", rate=2, accuracy=2 / 3, loss=0.75, top5=1.0, **some),
]
write_scores(sys.argv[1], rows, [[7, 300, 2], [7, 300, 3]], labels=[7, 300, 2])
assert list(read_classes(sys.argv[1] + "/predictions-1.bin", 3)) == [7, 300, 3]
`;
    const { stderr } = spawnSync('python3', ['-B', '-c', script, folder], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const scores = artifact(folder);
    const rows = readRows(scores);
    expect(rows.map(({ protocol, compression }) => [protocol, compression.total])).toEqual([
      ['baseline', 1],
      ['posthoc', 2],
    ]);
    expect(readOutcomes(scores, rows)).toEqual([Uint8Array.of(1, 1, 1), Uint8Array.of(1, 1, 0)]);
  });
});
