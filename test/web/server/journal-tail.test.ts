import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Layout } from '../../../src/runner/store/layout.ts';
import { JournalTail } from '../../../src/web/server/journal-tail.ts';

let root: string;
let tail: JournalTail;
let write: (text: string | Buffer) => void;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tail-'));
  const layout = new Layout(root);
  mkdirSync(layout.run('r'), { recursive: true });
  tail = new JournalTail(layout, 'r');
  write = (text) => appendFileSync(join(layout.run('r'), 'journal.jsonl'), text);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const line = (message: string): string => `${JSON.stringify({ type: 'warning', message })}\n`;
const messages = (): string[] => tail.read().map((event) => (event as { message: string }).message);

it('gives each event once, when its line is complete, wherever it was split', () => {
  expect(messages()).toEqual([]);
  const bytes = Buffer.from(line('ä') + line('two'));
  for (let at = 0; at < bytes.length; at++) {
    write(bytes.subarray(at, at + 1));
    const ends = bytes[at] === 10;
    expect(messages()).toEqual(ends ? [at + 1 === bytes.length ? 'two' : 'ä'] : []);
  }
});

it('reads lines that are longer than a piece, and skips damaged ones', () => {
  const long = 'x'.repeat(3 << 20);
  write(`${line(long)}{"torn\n${line('after')}`);
  expect(messages()).toEqual([long, 'after']);
});

it('limits each read, so that the page gets answers in between', () => {
  const long = line('x'.repeat(100_000));
  for (let i = 0; i < 40; i++) write(long.repeat(10));
  const counts: number[] = [];
  do counts.push(tail.read().length);
  while (tail.behind);
  expect(counts.length).toBeGreaterThan(2);
  expect(Math.max(...counts)).toBeLessThan(200);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(400);
});
