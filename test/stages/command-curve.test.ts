/** The curve of a command: printed or written, continued after a kill, and found again for a cached result. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StageId } from '../../src/runner/graph/pipeline.ts';
import { curveOf, PastAttempts, runIds } from '../../src/runner/index.ts';
import { type CommandRig, eachCommandRig } from './command-rig.ts';

let rig: CommandRig;
eachCommandRig((one) => {
  rig = one;
});

async function curve(text: string, id: string) {
  const prepared = await rig.prepared(text);
  const stage = prepared.plan.pipeline.byId.get(id as StageId)!;
  const { state, points } = curveOf(stage, prepared, new PastAttempts(rig.layout));
  return { state, losses: points.map(({ step, values }) => [step, values.loss]) };
}

const PRINTS = `stages:
  fit:
    run: |
      echo start '{ "step": 7 }'
      for i in 1 2 3; do echo "{\\"step\\": $i, \\"loss\\": $i.5}"; done
      echo '{"step": 4, "loss": NaN}' >&2
      echo done > out
    outputs: [out]
  use:
    run: cp out copy
    inputs: { out: fit }
    outputs: [copy]
`;

const POINTS = [
  [1, 1.5],
  [2, 2.5],
  [3, 3.5],
  [4, undefined],
];

describe('a printed curve', () => {
  it('is kept beside the log, also for a cached result, and is no part of any key', async () => {
    const outcome = await rig.run(PRINTS);
    expect(outcome.failures).toEqual({});
    expect(outcome.log).toContain('{"step": 2, "loss": 2.5}');
    expect(await curve(PRINTS, 'fit')).toEqual({ state: 'up to date', losses: POINTS });
    expect((await rig.run(PRINTS)).finished).toMatchObject({ cached: 2, executed: 0 });
    expect((await curve(PRINTS, 'fit')).losses).toEqual(POINTS);
    // The same output with another curve: what follows does not run.
    const other = PRINTS.replace('$i.5', '$i.25');
    expect((await rig.run(other)).finished).toMatchObject({ cached: 1, executed: 1 });
    expect((await curve(other, 'fit')).losses.slice(0, 2)).toEqual([
      [1, 1.25],
      [2, 2.25],
    ]);
    // Each result has its own curve.
    expect((await curve(PRINTS, 'fit')).losses).toEqual(POINTS);
    for (const run of runIds(rig.layout)) rmSync(rig.layout.run(run), { recursive: true });
    expect((await curve(PRINTS, 'fit')).losses).toEqual([]);
  });

  it('of a failed attempt is shown, since it may say why', async () => {
    const failing = PRINTS.replace('echo done > out', 'exit 1');
    expect((await rig.run(failing)).finished.failed).toBe(1);
    expect(await curve(failing, 'fit')).toEqual({ state: 'failed', losses: POINTS });
  });

  it('that cannot be written does not stop the stage', async () => {
    const blocked = `stages:
  fit:
    run: |
      echo '{"step": 1, "loss": 1}'
      echo done > out
    outputs: [out]
`;
    mkdirSync(rig.layout.run('run-0'), { recursive: true });
    writeFileSync(join(rig.layout.run('run-0'), 'logs'), 'a file in the place of the folder');
    const outcome = await rig.run(blocked);
    expect(outcome.failures).toEqual({});
    expect(outcome.log.join('\n')).toMatch(/the curve of this stage ends here: E[A-Z]+/);
    expect((await curve(blocked, 'fit')).losses).toEqual([]);
  });

  it('continues after a kill without a gap, and without steps that are counted twice', async () => {
    // The first attempt has a checkpoint of step 2 and is killed at step 4. The second one continues from step 3.
    const text = `stages:
  fit:
    run: |
      from=1; last=4; if [ -e "$PIPELINE_CHECKPOINTS/at" ]; then from=3; last=6; fi
      for i in $(seq $from $last); do
        echo "{\\"step\\": $i, \\"loss\\": $from}"
        if [ $i = 2 ]; then echo 2 > "$PIPELINE_CHECKPOINTS/at"; fi
      done
      [ $last = 6 ]
      echo done > out
    outputs: [out]
`;
    expect((await rig.run(text)).finished.failed).toBe(1);
    expect((await curve(text, 'fit')).losses).toHaveLength(4);
    expect((await rig.run(text)).failures).toEqual({});
    expect((await curve(text, 'fit')).losses).toEqual([
      [1, 1],
      [2, 1],
      ...[3, 4, 5, 6].map((step) => [step, 3]),
    ]);
  });
});

describe('a curve in an output', () => {
  const WRITES = `stages:
  fit:
    run: |
      for i in 1 2 3; do echo "{\\"step\\": $i, \\"loss\\": $i}" >> logs/curve.jsonl; done
      echo done > out
    outputs: [out, logs/curve.jsonl]
  use:
    run: cp out copy
    inputs: { out: fit.out }
    outputs: [copy]
`;

  it('belongs to the result, without the folder of any run', async () => {
    expect((await rig.run(WRITES)).failures).toEqual({});
    expect(existsSync(join(rig.layout.run('run-0'), 'logs', '1.curve.jsonl'))).toBe(true);
    for (const run of runIds(rig.layout)) rmSync(rig.layout.run(run), { recursive: true });
    expect((await curve(WRITES, 'fit')).losses).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    const other = WRITES.replace('\\"loss\\": $i', '\\"loss\\": 9');
    expect((await rig.run(other)).finished).toMatchObject({ executed: 1, cached: 1 });
  });

  it('that is a pipe, a folder or text in one endless line stops nothing before its time', async () => {
    const weird = (how: string): string => `stages:
  fit:
    run: |
      ${how}
      sleep 0.7
      rm -rf curve.jsonl; echo '{"step": 1, "loss": 1}' > curve.jsonl
    outputs: [curve.jsonl]
`;
    for (const how of [
      'mkfifo curve.jsonl',
      'mkdir curve.jsonl',
      'head -c 3000000 /dev/zero | tr "\\0" "x" > curve.jsonl',
      'ln -s curve.jsonl curve.jsonl',
    ]) {
      const outcome = await rig.run(weird(how));
      expect(outcome.failures, how).toEqual({});
      expect((await curve(weird(how), 'fit')).losses).toEqual([[1, 1]]);
    }
  });

  it('is cut off where a result was damaged, and read as far as it has lines', async () => {
    await rig.run(WRITES);
    writeFileSync(
      join(rig.layout.run('run-0'), 'logs', '1.curve.jsonl'),
      '{"step":1,"loss":1}\n{"st',
    );
    const failed = WRITES.replace('echo done > out', 'exit 3');
    await rig.run(failed);
    writeFileSync(
      join(rig.layout.run('run-1'), 'logs', '1.curve.jsonl'),
      '{"step":1,"loss":1}\n{"st',
    );
    expect(await curve(failed, 'fit')).toEqual({ state: 'failed', losses: [[1, 1]] });
  });
});
