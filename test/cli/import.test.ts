/** The messages of `pipeline import`. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonLines, Terminal, widest } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});
afterEach(() => terminal.remove());

const text =
  "stages:\n  a: { foreach: [x, y], do: { cmd: 'p ${item}', outs: ['${item}'], frozen: true } }\n";

describe('pipeline import', () => {
  it('writes a pipeline next to dvc.yaml, and reports what it could not convert', async () => {
    terminal.files.set('dvc.yaml', text);
    const { code, out, err } = await terminal.pipeline('import');
    expect(code).toBe(0);
    expect(out).toBe('');
    expect(terminal.files.get('pipeline.yaml')).toContain('item: [x, y]');
    expect(err).toContain('dvc.yaml:2:68: note: "frozen" has no counterpart');
    expect(err).toContain('pipeline.yaml: 2 stages, 1 note\n');
    expect(widest(err.replace(/^ 2 \|.*$/gm, ''))).toBeLessThanOrEqual(80);
  });

  it('overwrites a file only with --force', async () => {
    terminal.files.set('dvc.yaml', text);
    terminal.files.set('pipeline.yaml', 'mine');
    const refused = await terminal.pipeline('import', 'dvc.yaml');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('"pipeline.yaml" is already installed');
    expect(terminal.files.get('pipeline.yaml')).toBe('mine');
    expect((await terminal.pipeline('import', '--force')).code).toBe(0);
    expect(terminal.files.get('pipeline.yaml')).toContain('stages:');
  });

  it('prints only the pipeline on standard output', async () => {
    terminal.files.set('dvc.yaml', text);
    const { out, err } = await terminal.pipeline('import', '-o', '-');
    expect(out).toMatch(/^# Made from dvc\.yaml/);
    expect(out).not.toContain('note:');
    expect(err).toContain('2 stages, 1 note');
    expect(terminal.files.has('pipeline.yaml')).toBe(false);
  });

  it('prints the names of all stages as JSON', async () => {
    terminal.files.set('dvc.yaml', text);
    const lines = jsonLines((await terminal.pipeline('import', '--json')).out);
    expect(lines[0]).toEqual({ type: 'stage-imported', dvc: 'a@x', stage: 'a[item=x]' });
    expect(lines[2]).toMatchObject({ type: 'note', file: 'dvc.yaml', line: 2, column: 68 });
    expect(lines.at(-1)).toEqual({
      type: 'import-finished',
      output: 'pipeline.yaml',
      stages: 2,
      notes: 1,
      problems: 0,
    });
  });

  it('writes nothing if there is a problem, and shows its place', async () => {
    terminal.files.set('dvc.yaml', 'stages:\n  a: { cmd: x, dep: [b] }\n');
    const { code, err } = await terminal.pipeline('import');
    expect(code).toBe(2);
    expect(err).toContain('dvc.yaml:2:16: error: unknown key "dep" (did you mean "deps"?)');
    expect(err).toContain('1 problem; nothing was written');
    expect(terminal.files.has('pipeline.yaml')).toBe(false);
  });

  it('reports a missing file', async () => {
    const { code, err } = await terminal.pipeline('import', 'other.yaml');
    expect(code).toBe(2);
    expect(err).toBe(
      'error: could not read the file "other.yaml"\n' +
        '  help: name the DVC pipeline: "pipeline import FILE"\n\n1 problem; nothing ran\n',
    );
  });
});
