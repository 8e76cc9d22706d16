/** `pipeline curves` at several widths, and its forms for programs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fail, ok } from '../../src/base/result.ts';
import { StageCurve } from '../../src/runner/execution/stage-curve.ts';
import { jsonLines, Terminal, widest } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.text = `
vars: { rates: [1, 2], text: plain }
stages:
  base: { uses: make, with: { name: base } }
  fit:
    uses: make
    matrix: { rate: "\${rates}" }
    with: { name: "fit \${matrix.rate}", text: "\${text}" }
    inputs: { from: base }
`;
  for (const rate of [1, 2]) instead(rate, 100);
});
afterEach(() => terminal.remove());

/** The stage reports a curve of so many steps. */
function instead(rate: number, steps: number, isFailing = false): void {
  terminal.rig.executor.instead.set(`fit ${rate}`, ({ outputs, log, parameters }) => {
    const curve = new StageCurve(log, () => undefined);
    for (let step = 1; step <= steps; step++) {
      const loss = (rate * 2) / step;
      const accuracy = step % 50 === 0 ? 0.5 + step / 1000 : undefined;
      curve.add({ step, epoch: Math.ceil(step / 50), loss, val_loss: 3 * loss, accuracy });
    }
    curve.end();
    if (isFailing) return fail({ kind: 'stage', message: 'diverged' });
    writeFileSync(join(outputs.out!, 'value.txt'), String(parameters.text));
    writeFileSync(join(outputs.other!, 'note.txt'), '');
    return ok(undefined);
  });
}

it('prints a table by epoch and a plot of each number', async () => {
  await terminal.pipeline('run', '--quiet');
  const { out, code } = await terminal.pipeline('curves', 'fit[rate=1]');
  expect(code).toBe(0);
  expect(out.split('\n').slice(0, 4)).toEqual([
    'fit[rate=1]: up to date',
    'epoch  step     loss  val_loss  accuracy',
    '    1    50     0.18    0.5399      0.55',
    '    2   100  0.02753   0.08258       0.6',
  ]);
  expect(out).toContain('loss, step 1 to 100');
  expect(out).toMatch(/^ {4}6 │/m);
  expect(out).toMatch(/│█+[▁-█]*$/m);
});

it.each([40, 80, 200])('fits %d columns', async (columns) => {
  terminal.columns = columns;
  await terminal.pipeline('run', '--quiet');
  for (const words of [['fit[rate=2]'], ['fit'], ['base'], ['fit', 'base']]) {
    const { out, code } = await terminal.pipeline('curves', ...words);
    expect(code).toBe(0);
    expect(widest(out)).toBeLessThanOrEqual(columns);
  }
});

it('compares several stages in a line each', async () => {
  await terminal.pipeline('run', '--quiet');
  const { out } = await terminal.pipeline('curves', 'fit');
  const [head, one, two, ...notes] = out.trimEnd().split('\n');
  expect(head).toMatch(/^rate {2}.*loss by step$/);
  expect(one).toMatch(/^1 .*[▁-█]{16}$/);
  expect(two).toMatch(/^2 .*[▁-█]{16}$/);
  expect(notes.join(' ')).toBe('the same in all: stage fit, step 100, epoch 2, accuracy 0.6');
});

it('prints all points for programs', async () => {
  await terminal.pipeline('run', '--quiet');
  const { out: csv } = await terminal.pipeline('curves', 'fit', '--csv');
  const lines = csv.trimEnd().split('\n');
  expect(lines).toHaveLength(201);
  expect(lines.slice(0, 2)).toEqual([
    'stage,rate,step,epoch,loss,val_loss,accuracy',
    'fit,1,1,1,2,6,',
  ]);
  const { out } = await terminal.pipeline('curves', 'fit', '--json');
  const objects = jsonLines(out);
  expect(objects.map(({ stage, state }) => [stage, state])).toEqual([
    ['fit[rate=1]', 'up to date'],
    ['fit[rate=2]', 'up to date'],
  ]);
  expect((objects[0]!.points as object[])[1]).toEqual({ step: 2, epoch: 1, loss: 1, val_loss: 3 });
});

it('shows how far a failed attempt came, and otherwise the last result', async () => {
  await terminal.pipeline('run', '--quiet');
  terminal.text = terminal.text.replace('text: plain', 'text: other');
  instead(1, 60, true);
  const before = await terminal.pipeline('curves', 'fit[rate=1]');
  expect(before.out).toContain('fit[rate=1]: not up to date');
  await terminal.pipeline('run', '--quiet', '--keep-going');
  const { out } = await terminal.pipeline('curves', 'fit[rate=1]');
  expect(out).toMatch(/^fit\[rate=1\]: failed, run \S+\n/);
  expect(out).toContain('loss, step 1 to 60');
  const both = await terminal.pipeline('curves', 'fit');
  expect(both.out).toContain('failed');
});

it('leaves out stages whose points have no numbers', async () => {
  terminal.rig.executor.instead.set('fit 1', ({ outputs, log }) => {
    const curve = new StageCurve(log, () => undefined);
    for (let step = 1; step <= 3; step++) curve.add({ step });
    curve.end();
    for (const out of Object.values(outputs)) writeFileSync(join(out, 'value.txt'), '');
    return ok(undefined);
  });
  await terminal.pipeline('run', '--quiet');
  expect((await terminal.pipeline('curves', 'fit[rate=1]')).out).toMatch(/^no curve: /);
  expect((await terminal.pipeline('curves', 'fit')).out).toMatch(/^fit\[rate=2\]: up to date\n/);
});

it('says what has no curve, and which stages there are', async () => {
  await terminal.pipeline('run', '--quiet');
  const none = await terminal.pipeline('curves', 'base');
  expect(none.out).toBe(
    'no curve: the stages have not reported numbers by step\n    (docs/shell-stages.md#curves)\n',
  );
  const unknown = await terminal.pipeline('curves', 'fitt');
  expect(unknown.code).not.toBe(0);
  expect(unknown.err).toContain('did you mean "fit"?');
});
