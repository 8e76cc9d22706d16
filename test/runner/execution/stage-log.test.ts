/** The log of a stage has every byte that it prints, and the shown excerpt is limited. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OutputLines } from '../../../src/runner/execution/output-lines.ts';
import { StageLog } from '../../../src/runner/execution/stage-log.ts';

let root: string;
let path: string;
let shown: string[];
let time: number;
let log: StageLog;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stage-log-'));
  path = join(root, 'logs', '1.log');
  shown = [];
  time = 0;
  log = new StageLog(
    path,
    (line) => shown.push(line),
    () => time,
  );
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function print(chunks: readonly Buffer[]): void {
  const lines = new OutputLines((bytes) => log.add(bytes));
  for (const chunk of chunks) lines.feed(chunk);
  lines.end();
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)];
  return places.map((from, i) => bytes.subarray(from, places[i + 1] ?? bytes.length));
}

describe('the log', () => {
  it('has every byte, text or not, wherever chunks are split', async () => {
    const byte = fc.oneof(fc.constant(10), fc.integer({ min: 0, max: 255 }));
    const bytes = fc.array(
      byte.filter((one) => one !== 13),
      { maxLength: 200 },
    );
    await fc.assert(
      fc.property(bytes, fc.array(fc.nat(), { maxLength: 8 }), (said, cuts) => {
        rmSync(path, { force: true });
        log = new StageLog(
          path,
          () => undefined,
          () => 0,
        );
        print(cutAt(Buffer.from(said), cuts));
        log.end();
        const kept = said.length === 0 ? Buffer.alloc(0) : readFileSync(path);
        expect([...kept]).toEqual(said);
      }),
    );
  });

  it('has a character that two chunks share, and shows it', () => {
    const bytes = Buffer.from('größe ☃\n');
    print([...bytes].map((one) => Buffer.from([one])));
    expect(readFileSync(path)).toEqual(bytes);
    expect(shown).toEqual(['größe ☃']);
  });

  it('has a progress bar once, in its last state', () => {
    const chunks = ['1%\r', '2%', '\r3%\r\nnext\r\n', '50%\r60%'];
    print(chunks.map((chunk) => Buffer.from(chunk)));
    expect(readFileSync(path, 'utf8')).toBe('3%\nnext\n60%');
  });

  it('has a line of 100 MB as one line, which is shown in pieces', () => {
    const chunk = Buffer.alloc(65_536, 'é');
    const lines = new OutputLines((bytes) => log.add(bytes));
    for (let i = 0; i < 1600; i++) lines.feed(chunk);
    lines.feed(Buffer.from('\nnext\n'));
    lines.end();
    log.end();
    const kept = readFileSync(path);
    expect(kept.length).toBe(1600 * 65_536 + 6);
    expect(kept.indexOf('\n')).toBe(1600 * 65_536);
    expect(Math.max(...shown.map((line) => line.length))).toBeLessThan(20_000);
    expect(shown.join('')).not.toContain('\uFFFD');
    expect(shown.at(-1)).toBe('next');
  });

  it('reports that it cannot be written, and the stage continues', () => {
    writeFileSync(join(root, 'logs'), 'in the way');
    log.add('one');
    log.add('two');
    log.end();
    expect(shown[0]).toMatch(/the log of this stage ends here: E/);
    expect(shown.slice(1)).toEqual(['one', 'two']);
  });
});

describe('the excerpt', () => {
  const flood = Buffer.from(`${'x'.repeat(99)}\n`.repeat(1000));

  it('is everything, if that is little', () => {
    for (let second = 0; second < 1000; second++) {
      time = second * 1000;
      log.add(`line ${second}`);
    }
    expect(shown).toHaveLength(1000);
  });

  it('is limited if it is long, says how much is left out, and continues with the end', () => {
    for (let i = 0; i < 1000; i++) print([flood]);
    log.add('the reason');
    log.end();
    expect(shown.join('\n').length).toBeLessThan(2 << 20);
    const gap = shown.findIndex((line) => /^\.\.\. \d.* MB left out here/.test(line));
    expect(gap).toBeGreaterThan(0);
    expect(shown.slice(gap + 1)).toEqual(['the reason']);
    expect(readFileSync(path).length).toBe(1000 * flood.length + 'the reason\n'.length);
  });

  it('continues after the flood', () => {
    for (let i = 0; i < 100; i++) print([flood]);
    time = 60_000;
    log.add('later');
    expect(shown.at(-1)).toBe('later');
    expect(shown.at(-2)).toMatch(/^\.\.\. \d.* MB left out here; `pipeline log` has all of it$/);
  });
});
