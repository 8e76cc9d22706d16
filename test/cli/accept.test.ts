/** `pipeline accept` and `--reuse-across-backends`: results of other code and of other backends. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LockTerminal } from './lock-rig.ts';
import { jsonLines } from './terminal.ts';

let terminal: LockTerminal;
beforeEach(() => {
  terminal = new LockTerminal();
});
afterEach(() => terminal.remove());

describe('pipeline accept', () => {
  it('accepts the last outputs for the current code', async () => {
    await terminal.pipeline('run');
    terminal.changeCode();
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
    terminal.changeCode();
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
    terminal.loseOutputs('part[rate=1]');
    terminal.changeCode();
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
    terminal.changeCode();
    const other = await terminal.pipeline('plan', '--reuse-across-backends');
    expect(other.out).toContain('0 up to date');
  });
});
