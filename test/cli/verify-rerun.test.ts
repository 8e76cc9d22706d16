import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, ok } from '../../src/base/result.ts';
import { jsonLines, Terminal } from './terminal.ts';

let terminal: Terminal;
beforeEach(async () => {
  terminal = new Terminal();
  terminal.text = `
stages:
  a: { uses: make, with: { name: a, text: x } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
`;
  await terminal.pipeline('run');
});
afterEach(() => terminal.remove());

describe('pipeline verify --rerun', () => {
  it('runs up-to-date stages again and finds the same bytes', async () => {
    const { code, out } = await terminal.pipeline('verify', '--rerun');
    expect(code).toBe(0);
    expect(out).toMatch(/same {5}a .*\nsame {5}b .*\n2 stages gave the same bytes\n$/);
    expect(terminal.rig.executor.counts.get('a')).toBe(2);
  });

  it('names files with different bytes, and does not change the results', async () => {
    terminal.rig.executor.instead.set('a', ({ outputs }) => {
      writeFileSync(join(outputs.out!, 'value.txt'), 'by the clock');
      writeFileSync(join(outputs.other!, 'note.txt'), 'a');
      return ok(undefined);
    });
    const { code, out } = await terminal.pipeline('verify', '--rerun');
    expect(code).toBe(1);
    expect(out).toContain('differs  a: out/value.txt\n');
    expect(out).toContain('1 stage gave the same bytes, 1 gave different bytes');
    terminal.rig.executor.instead.clear();
    const again = await terminal.pipeline('run', '--json');
    expect(jsonLines(again.out).at(-1)).toMatchObject({ executed: 0, cached: 2 });
  });

  it('does not run stages whose outputs vary', async () => {
    const { types } = terminal.rig;
    types.set('make', { ...types.get('make')!, varies: true });
    terminal.rig.executor.counts.clear();
    // From the documents, then from the rows of the last plan.
    for (const last of ['run', 'verify --rerun']) {
      if (last === 'run') await terminal.pipeline('run');
      const { code, out } = await terminal.pipeline('verify', '--rerun');
      expect(code).toBe(0);
      expect(out).toContain('varies   a: its outputs differ each time\n');
      expect(out).toContain(
        '0 stages gave the same bytes, 2 not compared, because their outputs vary',
      );
    }
    expect([...terminal.rig.executor.counts.keys()]).toEqual([]);
    const { out } = await terminal.pipeline('verify', '--rerun', '--json');
    expect(jsonLines(out).at(-1)).toMatchObject({ same: 0, varies: 2 });
  });

  it('with a tolerance, compares numbers if bytes differ', async () => {
    const yields = (text: string): void => {
      terminal.rig.executor.instead.set('a', ({ outputs }) => {
        writeFileSync(join(outputs.out!, 'value.txt'), text);
        writeFileSync(join(outputs.other!, 'note.txt'), 'a');
        return ok(undefined);
      });
    };
    yields('accuracy 0.5, loss 2');
    await terminal.pipeline('run', '--force', 'a');
    yields('accuracy 0.5001, loss 2');
    const rerun = (...words: string[]) => terminal.pipeline('verify', '--rerun', 'a', ...words);
    expect(await rerun()).toMatchObject({ code: 1 });
    const { code, out } = await rerun('--tolerance', '1e-3');
    expect(code).toBe(0);
    expect(out).toContain('0 stages gave the same bytes, 1 the same numbers within 0.001\n');
    expect(await rerun('--tolerance', '1e-5')).toMatchObject({ code: 1 });
    yields('accuracy 0.5, perplexity 2');
    expect(await rerun('--tolerance', '1e-3')).toMatchObject({ code: 1 });
  });

  it('reports failures, and stages that are not up to date', async () => {
    terminal.text = terminal.text.replace('name: b', 'name: bb');
    terminal.rig.executor.instead.set('a', () => fail({ kind: 'stage', message: 'no' }));
    const { code, out } = await terminal.pipeline('verify', '--rerun', 'a', 'b');
    expect(code).toBe(1);
    expect(out).toContain('failed   a: no\n');
    expect(out).toContain('unknown  b: not up to date\n');
  });

  it('accepts targets, and refuses an unknown one', async () => {
    const { out } = await terminal.pipeline('verify', '--rerun', 'b', '--json');
    expect(jsonLines(out).map(({ type, stage }) => [type, stage])).toEqual([
      ['same', 'b'],
      ['rerun-finished', undefined],
    ]);
    const wrong = await terminal.pipeline('verify', '--rerun', 'bb');
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('did you mean "b"?')]);
  });
});
