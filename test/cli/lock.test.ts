/** `pipeline lock` and `plan --exit-code`: what a CI asks. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LockTerminal, text } from './lock-rig.ts';
import { jsonLines } from './terminal.ts';

let terminal: LockTerminal;
beforeEach(() => {
  terminal = new LockTerminal();
});
afterEach(() => terminal.remove());

describe('pipeline lock', () => {
  it('refuses stages that are not up to date, and writes nothing', async () => {
    const { code, out, err } = await terminal.pipeline('lock');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('3 stages are not up to date: base, part[rate=1], part[rate=2]\n');
    expect(existsSync(terminal.lockPath)).toBe(false);
  });

  it('writes one block per stage, always with the same text', async () => {
    await terminal.pipeline('run');
    expect(await terminal.pipeline('lock')).toEqual({
      code: 0,
      out: 'pipeline.lock: 3 stages\n',
      err: '',
    });
    const first = terminal.lockText;
    expect(first.replaceAll(/[0-9a-f]{64}/g, '#')).toBe(`\
# Written by \`pipeline lock\`; \`pipeline run --locked\` takes the outputs from here.
lock: 1
configs: []
settings: []
facts:
  "backend": "test 1"
stages:

  "base":
    key: "#"
    parameters: "#"
    inputs: "#"
    outputs:
      "other": "#"
      "out": "#"

  "part[rate=1]":
    key: "#"
    parameters: "#"
    inputs: "#"
    outputs:
      "other": "#"
      "out": "#"

  "part[rate=2]":
    key: "#"
    parameters: "#"
    inputs: "#"
    outputs:
      "other": "#"
      "out": "#"
`);
    await terminal.pipeline('run', '--force');
    await terminal.pipeline('lock');
    expect(terminal.lockText).toBe(first);
  });

  it('--check compares with the current state', async () => {
    await terminal.pipeline('run');
    await terminal.pipeline('lock');
    expect(await terminal.pipeline('lock', '--check')).toEqual({
      code: 0,
      out: 'pipeline.lock is up to date (3 stages)\n',
      err: '',
    });
    const changed = await terminal.pipeline('lock', '--check', '--set', 'text=x');
    expect(changed.code).toBe(1);
    expect(changed.out).toBe(`base: other key
  - parameter text: "plain" -> "x" (--set text=x)
part[rate=1]: not up to date
part[rate=2]: not up to date
`);
    terminal.text = text.replace('[1, 2]', '[2, 3]');
    const lines = jsonLines((await terminal.pipeline('lock', '--check', '--json')).out);
    expect(lines.map(({ stage, kind }) => [stage, kind])).toEqual([
      ['part[rate=3]', 'not locked'],
      ['part[rate=1]', 'not in the pipeline'],
    ]);
  });

  it('--check reports many instances with the same difference together', async () => {
    terminal.text = text.replace('[1, 2]', '[1, 2, 3, 4, 5, 6]');
    await terminal.pipeline('run');
    await terminal.pipeline('lock');
    const changed = await terminal.pipeline('lock', '--check', '--set', 'text=x');
    expect(changed.out).toBe(`base: other key
  - parameter text: "plain" -> "x" (--set text=x)
part (6): not up to date
`);
    const lines = jsonLines(
      (await terminal.pipeline('lock', '--check', '--set', 'text=x', '--json')).out,
    );
    expect(lines).toHaveLength(7);
  });

  it('reports an unresolved merge conflict with its line', async () => {
    await terminal.pipeline('run');
    await terminal.pipeline('lock');
    writeFileSync(
      terminal.lockPath,
      terminal.lockText.replace('    key:', '<<<<<<< ours\n    key:'),
    );
    const { code, err } = await terminal.pipeline('run', '--locked');
    expect(code).toBe(2);
    expect(err).toContain('pipeline.lock:10');
    rmSync(terminal.lockPath);
    const none = await terminal.pipeline('run', '--locked');
    expect([none.code, none.err]).toEqual([
      2,
      'error: there is no pipeline.lock\n  help: create it with "pipeline lock"\n\n1 problem; nothing ran\n',
    ]);
  });
});

describe('pipeline plan --exit-code', () => {
  it('is 3 if a stage will or may run, else 0', async () => {
    expect((await terminal.pipeline('plan', '--exit-code')).code).toBe(3);
    expect((await terminal.pipeline('plan')).code).toBe(0);
    await terminal.pipeline('run');
    expect((await terminal.pipeline('plan', '--exit-code', '--json')).code).toBe(0);
    expect((await terminal.pipeline('plan', '--help')).out).toContain('exit with 3 if');
  });
});
