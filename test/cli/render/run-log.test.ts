/** The log of a run is complete when it is closed, and nothing is written to its folder after that. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RunLog } from '../../../src/cli/render/run-log.ts';
import type { StageId } from '../../../src/runner/graph/pipeline.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const say = (message: string) =>
  ({
    type: 'stage-failed',
    stage: 'a' as StageId,
    failure: { kind: 'stage', message },
  }) as const;

it('has every line when it is closed', async () => {
  const log = new RunLog(join(folder, 'run'));
  for (let i = 0; i < 3000; i++) log.show(say(`line ${i} ${'-'.repeat(100)}`));
  await log.close();
  const lines = readFileSync(join(folder, 'run', 'log.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines).toHaveLength(3000);
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({
    stage: 'a',
    msg: expect.stringMatching(/^line 2999/),
  });
  rmSync(folder, { recursive: true });
  await new Promise((resolve) => setImmediate(resolve));
  expect(() => readdirSync(folder)).toThrow('ENOENT');
});

it('creates no folder without lines, and ignores that it can not be written', async () => {
  const idle = new RunLog(join(folder, 'idle'));
  await idle.close();
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(join(folder, 'file'), '');
  const refused = new RunLog(join(folder, 'file'));
  refused.show(say('one'));
  await refused.close();
});
