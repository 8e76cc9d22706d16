import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StageId } from '../../../src/runner/graph/pipeline.ts';
import { readMetricFiles, readMetrics } from '../../../src/runner/history/metrics.ts';
import { constantColumns, makeTable } from '../../../src/runner/history/metrics-table.ts';
import type { Digest } from '../../../src/runner/key/digest.ts';

import { ObjectStore } from '../../../src/runner/store/object-store.ts';
import { makeWorkspace } from '../../../src/runner/store/workspace.ts';
import { captureArtifact, Rig } from '../rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

function stored(files: Readonly<Record<string, string>>): Digest {
  const workspace = makeWorkspace(rig.layout, ['out']);
  const folder = workspace.outputs.out!;
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const artifact = captureArtifact(folder, new ObjectStore(rig.layout));
  if (!artifact.ok) throw new Error(artifact.error);
  return artifact.value.digest;
}

function read(files: Readonly<Record<string, string>>, metrics?: readonly string[]) {
  const stage = { id: 's' as StageId, ...(metrics && { metrics }) };
  return readMetrics(stage, { out: stored(files) }, new ObjectStore(rig.layout));
}

function unread(files: Readonly<Record<string, string>>, metrics?: readonly string[]) {
  const stage = { id: 's' as StageId, ...(metrics && { metrics }) };
  return readMetricFiles(stage, { out: stored(files) }, new ObjectStore(rig.layout)).unread;
}

describe('metrics of a stage', () => {
  it.each(['json', 'yaml'])('that are nested too deeply are not read: %s', (format) => {
    const levels = format === 'json' ? 20_000 : 400;
    const text = `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    const file = `m.${format}`;
    const message = `out/${file} (nested more than 100 levels deep)`;
    expect(read({ [file]: text }, ['out'])).toEqual([]);
    expect(unread({ [file]: text }, ['out'])).toEqual([message]);
    expect(unread({ [file]: text })).toEqual([]);
  });

  it('are objects of numbers, with dots for nested ones', () => {
    expect(read({ 'any.json': '{"a":{"b":1,"c":null},"d":true}' })).toEqual([
      { file: 'out/any.json', values: { 'a.b': 1, 'a.c': null, d: true } },
    ]);
  });

  it.each([
    ['words that are not declared', { 'model.json': '{"kind":"vgg","layers":3}' }],
    ['lists inside an object', { 'model.json': '{"layers":[1,2],"width":3}' }],
    ['a list of numbers', { 'rows.json': '[1,2]' }],
    ['rows without numbers', { 'rows.json': '[{"a":1},{"a":"x"}]' }],
    ['text that is not JSON', { 'rows.json': '{' }],
    ['an empty object', { 'rows.json': '{}' }],
    ['other files', { 'rows.txt': '{"a":1}' }],
    ['large files', { 'rows.json': `{"a":1${' '.repeat(1 << 20)}}` }],
  ])('are not %s', (_what, files) => {
    expect(read(files)).toEqual([]);
  });

  it.each(['metrics.json', 'rows.json', 'metrics.yaml'])(
    'keep the digits of a seed in %s',
    (name) => {
      const text =
        '{"seed": 12345678901234567891, "low": -9223372036854775809, "text": "12345678901234567892"}';
      const [row] = read({ [name]: text }, ['out']);
      expect(row!.values).toEqual({
        seed: '12345678901234567891',
        low: '-9223372036854775809',
        text: '12345678901234567892',
      });
      expect(
        read({ 'any.json': '{"seed": 12345678901234567891, "x": 0.12345678901234567}' }),
      ).toEqual([
        { file: 'out/any.json', values: { seed: '12345678901234567891', x: 0.12345678901234566 } },
      ]);
    },
  );

  it('may have words if they are declared or named as metrics, and may be YAML', () => {
    expect(read({ 'metrics.json': '{"model":"vgg","loss":0.5}' })[0]!.values).toEqual({
      model: 'vgg',
      loss: 0.5,
    });
    expect(read({ 'scores.yaml': 'best:\n  loss: 0.5\n' }, ['out'])[0]!.values).toEqual({
      'best.loss': 0.5,
    });
    expect(read({ 'scores.yaml': 'loss: 0.5\n' })).toEqual([]);
    expect(read({ 'a.json': '{"loss":1}' }, ['absent'])).toEqual([]);
  });

  it('distinguish rows by their words, otherwise by their position', () => {
    const words = read({ 'r.json': '[{"of":"a","n":1},{"of":"b","n":1}]' });
    expect(words.map((row) => row.row)).toEqual(['a', 'b']);
    const places = read({ 'r.json': '[{"n":1},{"n":2}]' });
    expect(places.map((row) => row.row)).toEqual(['0', '1']);
  });
});

describe('numbers that JSON does not have', () => {
  /** As `json.dump` of Python writes them. */
  const PYTHON = '{"loss": NaN, "best": Infinity, "worst": -Infinity, "note": "NaN \\" Infinity"}';

  it.each([
    ['declared', 'scores.json', ['out']],
    ['by its name', 'metrics.json', undefined],
  ])('are kept as they are in a file of metrics: %s', (_how, file, metrics) => {
    expect(read({ [file]: PYTHON }, metrics)).toEqual([
      {
        file: `out/${file}`,
        values: { loss: 'NaN', best: 'Infinity', worst: '-Infinity', note: 'NaN " Infinity' },
      },
    ]);
  });

  it('count as numbers where words would make a file a description', () => {
    expect(read({ 'any.json': '{"loss": NaN}' })).toEqual([
      { file: 'out/any.json', values: { loss: 'NaN' } },
    ]);
    const rows = read({ 'r.json': '[{"of":"a","n":NaN},{"of":"b","n":-Infinity}]' });
    expect(rows.map((row) => row.row)).toEqual(['a', 'b']);
  });

  it.each([
    ['12345678901234567891', '12345678901234567891'],
    ['-9007199254740993', '-9007199254740993'],
    ['9007199254740991', 9007199254740991],
    ['1e999', '1e999'],
    ['0.1', 0.1],
    ['-0', -0],
    ['1E+2', 100],
    ['"17"', '17'],
  ])('keep the digits of %s', (text, value) => {
    const [row] = read({ 'metrics.json': `{"one": 1, "value": ${text}}` });
    expect(row!.values.value).toBe(value);
  });

  it('may be any JSON text otherwise: the rest is read as JSON.parse reads it', () => {
    const values = ['x', 'NaN', '\\', '"', 'a\nb', 1.5, -2, 1e-7, true, false, null];
    let state = 7;
    const next = (below: number): number => (state = (state * 48271) % 2147483647) % below;
    for (let turn = 0; turn < 200; turn += 1) {
      const entries = Array.from({ length: 1 + next(5) }, (_, i) => [
        `${values[next(5)]}${i}`,
        values[next(values.length)],
      ]);
      const content = { ...Object.fromEntries(entries), number: next(100) };
      const [row] = read({ 'metrics.json': JSON.stringify(content, null, next(3)) });
      expect(row!.values).toEqual(content);
    }
  });

  it('name a file that is declared as metrics and is not JSON', () => {
    expect(unread({ 'metrics.json': '{"loss": nan}' })).toEqual(['out/metrics.json']);
    expect(unread({ 'scores.json': '{"loss": NaN' }, ['out'])).toEqual(['out/scores.json']);
    expect(unread({ 'other.json': '{' })).toEqual([]);
  });
});

describe('a table of metrics', () => {
  const rows = (values: Record<string, number | string | null>) => [{ file: 'f', values }];

  it('has axes first, and a separate column for a value that contradicts its axis', () => {
    const table = makeTable([
      {
        stage: 's[rate=1]',
        name: 's',
        axes: new Map([['rate', 1]]),
        upToDate: true,
        rows: rows({ rate: 2, loss: 1 }),
      },
      {
        stage: 's[rate=2]',
        name: 's',
        axes: new Map([['rate', 2]]),
        upToDate: true,
        rows: rows({ rate: null, loss: 2 }),
      },
    ]);
    expect(table.columns).toEqual(['stage', 'rate', 'row.rate', 'loss']);
    expect(Object.fromEntries(table.lines[0]!.cells)).toEqual({
      stage: 's',
      rate: 1,
      'row.rate': 2,
      loss: 1,
    });
    expect(constantColumns(table)).toEqual(['stage']);
  });

  const one = (rate: number, values: Record<string, number | string | null>) => ({
    stage: `s[rate=${rate}]`,
    name: 's',
    axes: new Map([['rate', rate]]),
    upToDate: true,
    rows: rows(values),
  });

  it('does not call a column constant if a row lacks it', () => {
    const table = makeTable([
      one(1, { loss: 'NaN', n: 1 }),
      one(2, { loss: 'NaN' }),
      one(3, { n: 1, x: null }),
    ]);
    expect(constantColumns(table)).toEqual(['stage']);
    expect(constantColumns(makeTable([one(1, { loss: 'NaN' }), one(2, { loss: 'NaN' })]))).toEqual([
      'stage',
      'loss',
    ]);
  });

  it('places a number that only some lines have as these lines have it', () => {
    const table = makeTable([
      one(1, { agreement: 1, n: 1 }),
      one(2, { first: 0, agreement: 1, 'error.y': 0.1, 'error.z': 0.2, n: 1, last: 0 }),
    ]);
    const measured = ['first', 'agreement', 'error.y', 'error.z', 'n', 'last'];
    expect(table.columns.slice(-6)).toEqual(measured);
  });
});
