/** The commands for the store: verify and gc. */

import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { byteSize, parseByteSize } from '../../src/base/units.ts';
import { thisHolder } from '../../src/runner/store/holder.ts';
import { storedObjects, storedRecords } from '../../src/runner/store/inventory.ts';
import { seal } from '../../src/runner/store/sealed-json.ts';
import { sweep } from './run-rig.ts';
import { jsonLines, Terminal, widest } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.text = text('plain');
});
afterEach(() => terminal.remove());

const text = (word: string): string => sweep.replace('text: plain', `text: ${word}`);

function objectOf(content: string): string {
  const found = [...storedObjects(terminal.rig.layout)].find(
    ({ path }) => readFileSync(path, 'utf8') === content,
  );
  return found!.path;
}

function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes[0]! ^= 1;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}

describe('pipeline verify', () => {
  it('reports that no problems were found', async () => {
    await terminal.pipeline('run');
    const { code, out, err } = await terminal.pipeline('verify');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^16 objects \(\d.\d kB\) and 4 results read in \S+ s: no problems found\n$/,
    );
  });

  it('lists damaged and missing files and the stages to run again, and the next run fixes them', async () => {
    await terminal.pipeline('run');
    damage(objectOf('part 2'));
    rmSync(objectOf('end'));
    const record = [...storedRecords(terminal.rig.layout)].find(({ path }) =>
      readFileSync(path, 'utf8').includes('"stage": "base"'),
    );
    damage(record!.path);
    const { code, out, err } = await terminal.pipeline('verify');
    expect([code, err]).toEqual([1, '']);
    expect(out).toContain('damaged   part[rate=2]: other/note.txt (6 B)\n');
    expect(out).toContain('missing   end: other/note.txt\n');
    expect(out).toContain('damaged   record of base: it is not a record\n');
    expect(out).toContain('run again base\nrun again end\nrun again part[rate=2]\n');
    expect(out).toContain('2 damaged files were moved to artifacts/store/corrupt\n');
    expect(out).toMatch(/ and 4 results read in \S+ s: 2 damaged, 1 missing\n/);
    expect(widest(out)).toBeLessThanOrEqual(80);
    const plan = await terminal.pipeline('plan');
    expect(plan.out).toContain(
      'base\n            its results in the store are missing or damaged\n',
    );
    await terminal.pipeline('run');
    expect((await terminal.pipeline('verify')).code).toBe(0);
  });

  it('names a damaged list of outputs in latest/, and the next run writes the folder again', async () => {
    await terminal.pipeline('run');
    writeFileSync(join(terminal.rig.layout.latest, 'end/.outputs'), '{}');
    const { code, out } = await terminal.pipeline('verify');
    expect(code).toBe(1);
    expect(out).toContain('latest/end/.outputs: it is not a list of outputs');
    await terminal.pipeline('run');
    expect((await terminal.pipeline('verify')).code).toBe(0);
  });

  it('with --json prints one line per finding', async () => {
    await terminal.pipeline('run');
    damage(objectOf('part 2'));
    const { code, out } = await terminal.pipeline('verify', '--json');
    expect(code).toBe(1);
    const lines = jsonLines(out);
    expect(lines.map(({ type }) => type)).toEqual([
      'damaged-object',
      'missing-file',
      'verify-finished',
    ]);
    expect(lines.at(-1)).toMatchObject({
      objects: 16,
      records: 4,
      findings: 2,
      rerun: ['part[rate=2]'],
      interrupted: false,
    });
  });

  it('ends with 130 if it is stopped', async () => {
    terminal.signal = AbortSignal.abort();
    expect((await terminal.pipeline('verify')).code).toBe(130);
  });

  it('does not need a valid pipeline', async () => {
    await terminal.pipeline('run');
    terminal.text = 'stages: [';
    expect((await terminal.pipeline('verify')).code).toBe(0);
  });
});

describe('pipeline gc', () => {
  const twice = async (): Promise<void> => {
    await terminal.pipeline('run');
    terminal.text = text('other');
    await terminal.pipeline('run');
  };

  it('keeps recent results by default', async () => {
    await twice();
    const { code, out, err } = await terminal.pipeline('gc');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^7 results kept \(\S+ kB\): 4 in use, 3 from the last 14 days\nnothing to delete\n$/,
    );
  });

  it('lists per stage what would be deleted, and then what was deleted', async () => {
    await twice();
    const words = ['gc', '--max-size', '1kB'];
    const dry = await terminal.pipeline(...words, '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.out).toMatch(/^would delete {2}2 results of part +\d\.\d kB$/m);
    expect(dry.out).toMatch(/^would delete {2}1 result of end +\d\.\d kB$/m);
    expect(dry.out).toMatch(/^4 results kept \(\d\.\d kB\): 4 in use$/m);
    expect(dry.out).toContain('this is more than 1.0 kB, but all of it is protected\n');
    expect(dry.out).toMatch(/would be freed; nothing was deleted\n$/);
    expect(widest(dry.out)).toBeLessThanOrEqual(80);
    expect([...storedRecords(terminal.rig.layout)]).toHaveLength(7);
    const { code, out } = await terminal.pipeline(...words);
    expect(code).toBe(0);
    expect(out).toMatch(/\d\.\d kB freed\n$/);
    expect([...storedRecords(terminal.rig.layout)]).toHaveLength(4);
    expect((await terminal.pipeline('run')).out).toMatch(/^0 executed, 4 cached/);
    expect((await terminal.pipeline('verify')).code).toBe(0);
  });

  it('with --json prints one line per deleted result', async () => {
    await twice();
    const lines = jsonLines((await terminal.pipeline('gc', '--max-size', '0', '--json')).out);
    expect(lines.filter(({ type }) => type === 'result-dropped')).toHaveLength(3);
    expect(lines.at(-1)).toMatchObject({
      type: 'gc-finished',
      dryRun: false,
      dropped: 3,
      kept: 4,
      keptFor: { pipeline: 4, young: 0 },
      overLimit: true,
    });
  });

  it('refuses during a run with exit code 2, and names the run', async () => {
    await twice();
    const { live } = terminal.rig.layout;
    mkdirSync(live, { recursive: true });
    writeFileSync(join(live, '1'), JSON.stringify(thisHolder('run r1')));
    const { code, out, err } = await terminal.pipeline('gc');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`the store is in use by run r1 (pid ${process.pid} on `);
    expect(widest(err)).toBeLessThanOrEqual(80);
    expect((await terminal.pipeline('gc', '-n')).out).toContain('gc would refuse now');
  });

  it('refuses records of a later version, and an invalid pipeline', async () => {
    await terminal.pipeline('run');
    const [record] = [...storedRecords(terminal.rig.layout)];
    writeFileSync(record!.path, seal({ record: 'action/9' }));
    const refused = await terminal.pipeline('gc', '--max-size', '0');
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('a later version')]);
    terminal.text = 'stages: [';
    expect((await terminal.pipeline('gc', '--max-size', '0')).code).toBe(2);
    expect([...storedRecords(terminal.rig.layout)]).toHaveLength(4);
  });

  it.each([
    ['--max-size', 'much', 'Expected a size such as 10GB'],
    ['--keep-days', '-1', 'Expected a number >= 0'],
  ])('refuses %s %s', async (option, value, expected) => {
    const { code, err } = await terminal.pipeline('gc', option, value);
    // The message is wrapped.
    expect([code, err.replace(/\s+/g, ' ')]).toEqual([2, expect.stringContaining(expected)]);
  });
});

describe('a number of bytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [9949, '9.9 kB'],
    [9951, '10 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [2.1e9, '2.1 GB'],
  ])('%d is formatted as %s', (bytes, written) => {
    expect(byteSize(bytes)).toBe(written);
  });

  it.each([
    ['10GB', 1e10],
    ['1.5 kB', 1500],
    ['500m', 5e8],
    ['2GiB', 2 * 1024 ** 3],
    ['7', 7],
    ['7B', 7],
  ])('%s is parsed', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  it.each(['', 'GB', '-1GB', '1e3', '10 XB', '1iB'])('"%s" is rejected', (text) => {
    expect(parseByteSize(text)).toBeUndefined();
  });
});
