/** The output of a stage is read in pieces, and its last lines from the end, however long it is. */
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lastAttempts } from '../../../src/runner/history/attempts.ts';
import { readRun } from '../../../src/runner/history/run-journal.ts';
import { lastSaid, saidIn } from '../../../src/runner/history/said.ts';
import { Layout } from '../../../src/runner/store/layout.ts';

let layout: Layout;
let journal: string;
beforeEach(() => {
  layout = new Layout(mkdtempSync(join(tmpdir(), 'said-')));
  journal = join(layout.run('r'), 'journal.jsonl');
  mkdirSync(layout.run('r'), { recursive: true });
});
afterEach(() => rmSync(layout.root, { recursive: true, force: true }));

function appendEvents(...events: readonly object[]): void {
  appendFileSync(journal, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}

const started = { type: 'stage-started', stage: 'a', key: 'k', reasons: [] };

function logOf(text: string | Buffer): void {
  const path = join(layout.run('r'), 'logs', '1.log');
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  appendFileSync(path, text);
}

function said(last?: number): string {
  return [...saidIn(lastAttempts(layout, 'a').at(-1)!, { last })].join('');
}

describe('the log of an attempt', () => {
  beforeEach(() => appendEvents({ ...started, log: 'logs/1.log' }));

  it('is read completely, and by its last lines', async () => {
    const lines = fc.array(fc.string({ maxLength: 5 }).map((one) => one.replaceAll('\n', '')));
    await fc.assert(
      fc.property(lines, fc.nat(12), fc.boolean(), (all, count, ends) => {
        const text = all.join('\n') + (ends && all.length > 0 ? '\n' : '');
        logOf(text);
        const given = text === '' ? [] : text.replace(/\n$/, '').split('\n');
        expect(said()).toBe(given.join('\n'));
        expect(said(count)).toBe(count === 0 ? '' : given.slice(-count).join('\n'));
      }),
    );
  });

  it('is read in pieces that do not split a character', () => {
    const long = 'ä'.repeat(3 << 20);
    logOf(`${long}\nafter\n`);
    expect(said() === `${long}\nafter`).toBe(true);
    expect(said(1)).toBe('after');
  });

  it.each([undefined, 1, 3])('ends while the stage continues to write (last: %s)', (last) => {
    const line = `${'x'.repeat(99)}\n`;
    logOf(line.repeat(30_000));
    const path = join(layout.run('r'), 'logs', '1.log');
    const attempt = lastAttempts(layout, 'a')[0]!;
    let read = 0;
    for (const piece of saidIn(attempt, { last })) {
      read += piece.length + 1;
      // As fast as it is read.
      appendFileSync(path, line.repeat(30_000));
      expect(read).toBeLessThanOrEqual(3_000_002);
    }
    expect(read).toBeGreaterThan(99 * (last ?? 30_000));
  });

  it('has last lines of limited size, whatever it contains', () => {
    logOf(Buffer.alloc(5_000_000, 'x'));
    const { lines, more } = lastSaid(lastAttempts(layout, 'a')[0]!, 10, 1000);
    expect(lines).toEqual(['x'.repeat(1000)]);
    expect(more).toBe(true);
    logOf('ä'.repeat(5_000));
    expect(lastSaid(lastAttempts(layout, 'a')[0]!, 10, 1000).more).toBe(true);
    logOf('one\ntwo\n');
    expect(lastSaid(lastAttempts(layout, 'a')[0]!, 10, 1000)).toEqual({
      lines: ['one', 'two'],
      more: false,
    });
  });
});

it('is taken from a journal that contains the lines', () => {
  const say = (stage: string, message: string) => ({ type: 'stage-log', stage, message });
  appendEvents(started, say('a', 'before'), { type: 'stage-retrying', stage: 'a', failure: {} });
  appendEvents(started, say('a', 'one\ntwo'), say('b', 'other'), say('a', 'three'));
  expect(said()).toBe('one\ntwo\nthree');
  expect(said(2)).toBe('two\nthree');
});

it('a journal longer than any string is read', () => {
  appendEvents(started);
  const file = openSync(journal, 'a');
  const line = `${JSON.stringify({ type: 'stage-log', stage: 'a', message: 'x'.repeat(9_000) })}\n`;
  const block = Buffer.from(line.repeat(100));
  for (let written = 0; written < 540 << 20; written += block.length) writeSync(file, block);
  closeSync(file);
  const message = 'the end';
  appendEvents(
    { type: 'stage-log', stage: 'a', message },
    { type: 'stage-finished', stage: 'a', seconds: 1 },
  );
  expect(readRun(layout, 'r').map(({ type }) => type)).toEqual(['stage-started', 'stage-finished']);
  expect(lastAttempts(layout, 'a')).toMatchObject([{ stage: 'a', state: 'finished' }]);
  expect(said(1)).toBe(message);
});
