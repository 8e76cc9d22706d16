/** `pipeline lock`, `run --locked`, `accept`, `--reuse-across-backends`, `plan --exit-code`. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../src/base/result.ts';
import type { Invocation } from '../../src/runner/execution/executor.ts';
import { parseLock } from '../../src/runner/history/lock-file.ts';
import { type Digest, digestOf } from '../../src/runner/key/digest.ts';
import { make } from '../runner/rig.ts';
import { jsonLines, Terminal, widest } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.text = text;
});
afterEach(() => terminal.remove());

const text = `
vars: { text: plain }
stages:
  base: { uses: make, with: { name: base, text: "\${text}" } }
  part:
    uses: make
    matrix: { rate: [1, 2] }
    with: { name: "p\${matrix.rate}", text: "p\${matrix.rate}" }
    inputs: { from: base }
`;

const lockPath = (): string => terminal.rig.layout.pipelineLock;
const lockText = (): string => readFileSync(lockPath(), 'utf8');
const otherCode = (name = 'other code'): void => {
  terminal.rig.codes = { make: { digest: digestOf(name), packages: {}, files: {} } };
};
const ran = (): number => [...terminal.rig.executor.counts.values()].reduce((a, b) => a + b, 0);

function loseOutputs(stage: string): void {
  const lock = parseLock(lockText());
  if (!lock.ok) throw new Error('no lock');
  const { out } = lock.value.stages[stage]!.outputs;
  rmSync(terminal.rig.layout.object(out as Digest));
}

describe('pipeline lock', () => {
  it('refuses stages that are not up to date, and writes nothing', async () => {
    const { code, out, err } = await terminal.pipeline('lock');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('3 stages are not up to date: base, part[rate=1], part[rate=2]\n');
    expect(existsSync(lockPath())).toBe(false);
  });

  it('writes one block per stage, always with the same text', async () => {
    await terminal.pipeline('run');
    expect(await terminal.pipeline('lock')).toEqual({
      code: 0,
      out: 'pipeline.lock: 3 stages\n',
      err: '',
    });
    const first = lockText();
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
    expect(lockText()).toBe(first);
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
    writeFileSync(lockPath(), lockText().replace('    key:', '<<<<<<< ours\n    key:'));
    const { code, err } = await terminal.pipeline('run', '--locked');
    expect(code).toBe(2);
    expect(err).toContain('pipeline.lock:10');
    rmSync(lockPath());
    const none = await terminal.pipeline('run', '--locked');
    expect([none.code, none.err]).toEqual([
      2,
      'error: there is no pipeline.lock\n  help: create it with "pipeline lock"\n\n1 problem; nothing ran\n',
    ]);
  });
});

describe('pipeline run --locked', () => {
  let codes: Terminal['rig']['codes'];
  beforeEach(async () => {
    codes = terminal.rig.codes;
    await terminal.pipeline('run');
    await terminal.pipeline('lock');
    otherCode();
  });

  it('uses the outputs of the lock despite other code, and says so', async () => {
    expect((await terminal.pipeline('plan')).out).toContain('1 will run, 2 may run');
    const plan = await terminal.pipeline('plan', '--locked');
    expect(plan.out).toContain(
      '3 results are from pipeline.lock, 3 of them made by other code or on another backend\n',
    );
    const { code, out } = await terminal.pipeline('run', '--locked');
    expect(code).toBe(0);
    expect(ran()).toBe(3);
    expect(out).toContain('0 executed, 3 cached');
    expect(out).toContain(
      '3 results from pipeline.lock, 3 of them made by other code or on another backend',
    );
    const journal = readFileSync(
      join(terminal.rig.layout.run('20231114-221320-r1'), 'journal.jsonl'),
      'utf8',
    );
    expect(journal).toContain('"standIn":{"from":"lock","differs":["package","code"]}');
    const last = jsonLines((await terminal.pipeline('run', '--locked', '--json')).out).at(-1);
    expect(last).toMatchObject({
      standIns: { locked: 3, lockedOther: 3, unlikeLock: [], otherEnvironment: 0 },
    });
  });

  it('runs stages whose outputs are not in the store, and succeeds if the bytes are those of the lock', async () => {
    loseOutputs('base');
    const { code, out } = await terminal.pipeline('run', '--locked');
    expect(code).toBe(0);
    expect(out).toContain('1 executed, 2 cached');
    expect(out).toContain('2 results from pipeline.lock, 2 of them made by other code');
  });

  it('reports outputs that differ from the lock, and fails', async () => {
    loseOutputs('part[rate=2]');
    terminal.rig.executor.instead.set('p2', ({ outputs }: Invocation) => {
      writeFileSync(join(outputs.out!, 'value.txt'), 'chance');
      writeFileSync(join(outputs.other!, 'note.txt'), 'p2');
      return ok(undefined);
    });
    const { code, out } = await terminal.pipeline('run', '--locked');
    expect(code).toBe(1);
    expect(out).toContain('warning part[rate=2]: out differs from pipeline.lock\n');
    expect(out).toContain('1 stage differs from pipeline.lock: part[rate=2]\n');
    expect(widest(out)).toBeLessThanOrEqual(80);
    // Later it is cached under the current key, but still differs from the lock.
    expect((await terminal.pipeline('run', '--locked')).code).toBe(1);
  });

  it('runs a stage with an output that is not in the lock', async () => {
    const { types, executor } = terminal.rig;
    types.set('make', { ...make, outputs: { ...make.outputs, extra: 'file' } });
    for (const name of ['base', 'p1', 'p2']) {
      executor.instead.set(name, ({ outputs }: Invocation) => {
        for (const folder of Object.values(outputs)) writeFileSync(join(folder, 'x'), name);
        return ok(undefined);
      });
    }
    expect((await terminal.pipeline('accept', 'base')).err).toContain(
      'its last result has no output "extra"',
    );
    const { code, out } = await terminal.pipeline('run', '--locked');
    expect(code).toBe(1);
    expect(out).toContain('3 executed, 0 cached');
    expect(out).toContain('3 stages differ from pipeline.lock');
  });

  it('does not change records, so a run without it uses those', async () => {
    terminal.rig.codes = codes;
    const value = async (...words: readonly string[]): Promise<unknown> => {
      const events = jsonLines((await terminal.pipeline('run', 'base', '--json', ...words)).out);
      const withOutputs = events.find((event) => 'outputs' in event);
      return (withOutputs!.outputs as { out: string }).out;
    };
    terminal.rig.executor.instead.set('base', ({ outputs }: Invocation) => {
      for (const folder of Object.values(outputs)) writeFileSync(join(folder, 'x'), 'chance');
      return ok(undefined);
    });
    const recorded = await value('--force', 'base');
    await value();
    const locked = await value('--locked');
    expect(locked).not.toBe(recorded);
    expect(await value()).toBe(recorded);
    expect(await value('--locked')).toBe(locked);
  });

  it('refuses a lock of other parameters or stages', async () => {
    const { code, out, err } = await terminal.pipeline('run', '--locked', '--set', 'text=x');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('pipeline.lock: it was written with no -c and no --set\n');
    expect(err).toContain('pipeline.lock: base has other parameters there');
    terminal.text = text.replace('[1, 2]', '[1, 3]');
    const more = await terminal.pipeline('run', '--locked');
    expect(more.err).toContain('pipeline.lock: part[rate=3] is not in it');
    expect(ran()).toBe(3);
  });
});

describe('pipeline accept', () => {
  it('accepts the last outputs for the current code', async () => {
    await terminal.pipeline('run');
    otherCode();
    const { code, out } = await terminal.pipeline('accept', 'base', 'part[rate=1]');
    expect(code).toBe(0);
    expect(out).toBe(`base: accepted
  - package pkg: 1.0.0 -> absent
  - code: how its files are bundled
part[rate=1]: accepted
  - package pkg: 1.0.0 -> absent
  - code: how its files are bundled
`);
    const after = await terminal.pipeline('run', '--json');
    expect(jsonLines(after.out).at(-1)).toMatchObject({ executed: 1, cached: 2 });
    const explained = await terminal.pipeline('explain', 'base');
    expect(explained.out).toContain(`base: up to date, accepted
  accepted at 2023-11-14T22:13:20.000Z as a result of the current code, despite
  - package pkg: 1.0.0 -> absent
  - code: how its files are bundled
  made by run 20231114-221320-r0 at `);
    expect((await terminal.pipeline('show', 'base')).out).toContain('  accepted at 2023-11-14T');
    expect((await terminal.pipeline('accept', 'base')).out).toBe(
      'nothing to accept: everything is up to date\n',
    );
  });

  it('refuses other parameters, inputs and dependencies, and then accepts nothing', async () => {
    await terminal.pipeline('run');
    otherCode();
    const { code, out, err } = await terminal.pipeline('accept', 'base', '--set', 'text=x');
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(`base: not accepted
  - parameter text: "plain" -> "x"
nothing was accepted: only changes of code, packages and environment can be accepted, not of parameters or inputs
`);
    const part = await terminal.pipeline('accept', 'part[rate=2]');
    expect(part.err).toContain('  - it depends on base, which is not up to date\n');
    await terminal.pipeline('run', 'base', '--set', 'text=y');
    const input = await terminal.pipeline('accept', 'part[rate=2]', '--set', 'text=y');
    expect(input.err).toContain('  - input from: other content\n');
    expect((await terminal.pipeline('plan')).out).toContain('0 up to date');
  });

  it('refuses stages that never ran, and missing outputs', async () => {
    expect((await terminal.pipeline('accept', 'base')).err).toContain('it has never run');
    await terminal.pipeline('run');
    await terminal.pipeline('lock');
    loseOutputs('part[rate=1]');
    otherCode();
    const { code, err } = await terminal.pipeline('accept', 'base', 'part');
    expect(code).toBe(1);
    expect(err).toContain('its last outputs are no longer in the store');
  });
});

describe('--reuse-across-backends', () => {
  beforeEach(async () => {
    await terminal.pipeline('run');
    terminal.rig.facts = { backend: 'test 2' };
  });

  it('uses outputs of another backend if requested', async () => {
    expect((await terminal.pipeline('plan')).out).toContain('0 up to date');
    const plan = await terminal.pipeline('plan', '--reuse-across-backends');
    expect(plan.out).toContain('3 results were made on another backend\n');
    const { code, out } = await terminal.pipeline('run', '--reuse-across-backends');
    expect(code).toBe(0);
    expect(out).toContain('0 executed, 3 cached');
    expect(out).toContain('3 cached results were made on another backend\n');
    const events = jsonLines(
      (await terminal.pipeline('run', '--reuse-across-backends', '--json')).out,
    );
    expect(events.find((event) => event.type === 'stage-cached')).toMatchObject({
      standIn: { from: 'environment', environment: { backend: 'test 1' } },
    });
  });

  it('prefers outputs of the current backend, and uses none of other code', async () => {
    await terminal.pipeline('run');
    const own = await terminal.pipeline('run', '--reuse-across-backends', '--json');
    expect(jsonLines(own.out).at(-1)).not.toHaveProperty('standIns');
    terminal.rig.facts = { backend: 'test 3' };
    otherCode();
    const other = await terminal.pipeline('plan', '--reuse-across-backends');
    expect(other.out).toContain('0 up to date');
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
