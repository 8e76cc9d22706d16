/** `pipeline diff`: two runs, or a run and the current state. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HistoryTerminal } from './history-rig.ts';
import { jsonLines } from './terminal.ts';

let terminal: HistoryTerminal;
beforeEach(() => {
  terminal = new HistoryTerminal();
});
afterEach(() => terminal.remove());

describe('pipeline diff', () => {
  it('compares two runs: stages, keys with reasons, and metrics', async () => {
    terminal.rig.configs['more.yaml'] = 'rates: [1, 3]';
    terminal.write('part 1', 'metrics.json', { accuracy: 0.98, same: 1 });
    await terminal.pipeline('run', '--name', 'old');
    terminal.write('part 1', 'metrics.json', { accuracy: 0.985, same: 1 });
    await terminal.pipeline('run', '--name', 'new', '--set', 'text=x', '-c', 'more.yaml');
    const { code, out, err } = await terminal.pipeline('diff', 'old', 'new');
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(
      `20231114-221320-r0 (old) -> 20231114-221320-r1 (new)
changed  part[rate=1]
  - parameter text: "plain" -> "x"
only before  part[rate=2]
only after  part[rate=3]
stage         metric    before  after  difference
part[rate=1]  accuracy    0.98  0.985      +0.005
1 stage is the same
`,
    );
    const lines = jsonLines((await terminal.pipeline('diff', 'old', 'new', '--json')).out);
    expect(lines.map((line) => [line.stage, line.kind])).toEqual([
      ['part[rate=1]', 'other-key'],
      ['part[rate=2]', 'only-before'],
      ['part[rate=3]', 'only-after'],
    ]);
    expect(lines[0]!.metrics).toEqual([
      { name: 'accuracy', before: 0.98, after: 0.985, delta: expect.closeTo(0.005) },
    ]);
  });

  it('compares a run with the current state', async () => {
    await terminal.pipeline('run');
    expect((await terminal.pipeline('diff', 'latest')).out).toContain('3 stages are the same\n');
    const { out } = await terminal.pipeline('diff', 'latest', '--set', 'text=x');
    expect(out).toContain(`changed  part[rate=1], part[rate=2]
  - parameter text: "plain" -> "x" (--set text=x)
`);
    expect((await terminal.pipeline('diff', 'nothing')).code).toBe(2);
  });

  it('warns if the same key has different outputs', async () => {
    await terminal.pipeline('run');
    terminal.write('base', 'value.txt', 'chance');
    await terminal.pipeline('run', 'base', '--force', 'base');
    const { out } = await terminal.pipeline('diff', 'latest~1', 'latest');
    expect(out).toContain(`NON-DETERMINISTIC: same key, different outputs
  base: out
`);
  });
});
