/** `pipeline show` of a stage. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../src/base/result.ts';
import type { Invocation } from '../../src/runner/execution/executor.ts';
import { HistoryTerminal } from './history-rig.ts';
import { jsonLines } from './terminal.ts';

let terminal: HistoryTerminal;
beforeEach(() => {
  terminal = new HistoryTerminal();
});
afterEach(() => terminal.remove());

describe('pipeline show', () => {
  it('shows the state, parameters, outputs with files, metrics, and the run that made them', async () => {
    terminal.write('part 1', 'metrics.json', { accuracy: 0.9812345, loss: { train: 1 } });
    await terminal.pipeline('run');
    const { code, out } = await terminal.pipeline('show', 'part[rate=1]');
    expect(code).toBe(0);
    expect(out).toBe(`part[rate=1]: up to date
  writes what its parameters and inputs determine
  made by run 20231114-221320-r0 at 2023-11-14T22:13:20.000Z in 0 s
  key 5b0d32013a6c9fc695b0c9799efab9826f27faa4bd8986ccbd4c6b5becac380b
  parameters
    name: "part 1"
    text: plain
    constant: false
  outputs
    out  1 file, 41 B
      in artifacts/latest/part/rate=1/out
      41 B  metrics.json
    other  1 file, 6 B
      in artifacts/latest/part/rate=1/other
      6 B  note.txt
  metrics
    accuracy 0.981235, loss.train 1
`);
    const [shown] = jsonLines((await terminal.pipeline('show', 'part', '--json')).out);
    expect(shown).toMatchObject({
      stage: 'part[rate=1]',
      state: 'up to date',
      metrics: [{ file: 'out/metrics.json', values: { accuracy: 0.9812345, 'loss.train': 1 } }],
    });
  });

  it('shows the summary of a stage, and its images if the terminal can', async () => {
    terminal.rig.executor.instead.set('part 1', ({ outputs }: Invocation) => {
      writeFileSync(join(outputs.out!, 'summary.txt'), 'it went well\n');
      writeFileSync(join(outputs.out!, 'a.png'), 'an image');
      writeFileSync(join(outputs.other!, 'b.png'), 'not next to a summary');
      return ok(undefined);
    });
    await terminal.pipeline('run');
    const plain = (await terminal.pipeline('show', 'part[rate=1]')).out;
    expect(plain).toMatch(/\n\nit went well\n$/);
    terminal.images = 'kitty';
    const { out } = await terminal.pipeline('show', 'part[rate=1]');
    const data = Buffer.from('an image').toString('base64');
    expect(out).toBe(`${plain}\x1b_Ga=T,f=100,c=80,m=0;${data}\x1b\\\n`);
    expect((await terminal.pipeline('show', 'part[rate=1]', '--json')).out).not.toContain('well');
  });

  it('shows the last outputs of a stage that is not up to date', async () => {
    await terminal.pipeline('run');
    const { out } = await terminal.pipeline('show', 'part[rate=1]', '--set', 'text=x');
    expect(out).toContain('part[rate=1]: will run\n');
    expect(out).toContain('  last made by run 20231114-221320-r0 at ');
    expect((await terminal.pipeline('show', 'base', 'nothing')).code).toBe(2);
  });
});
