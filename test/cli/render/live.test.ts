/** The live display: lines that are printed above the bars erase the bars. */
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import type { Host } from '../../../src/cli/host.ts';
import { LiveRenderer } from '../../../src/cli/render/live.ts';
import type { RunView } from '../../../src/cli/render/renderer.ts';
import type { Event } from '../../../src/runner/execution/event.ts';
import type { StageId } from '../../../src/runner/graph/pipeline.ts';

const id = (name: string): StageId => name as StageId;
const message = 'its output "o" holds the symbolic link "l" to "nothing", where there is no file';

/** A terminal of 80 columns that keeps everything that is written. */
async function written(events: readonly unknown[]): Promise<string> {
  let text = '';
  const write = (chunk: unknown, _: unknown, done: () => void): void => {
    text += String(chunk);
    done();
  };
  const stderr = Object.assign(new Writable({ write }), { isTTY: true, columns: 80 });
  const host = { stderr, stdout: stderr, columns: 80, now: () => 0, colour: false };
  const view: RunView = {
    counts: { run: 2, pending: 0, cached: 0 } as unknown as RunView['counts'],
    toRun: () => [id('a'), id('b')],
    ends: () => [],
    notes: [],
    standingNotes: [],
    latest: 'artifacts/latest',
    past: () => new Map(),
    jobs: 2,
    folder: 'runs/x',
  };
  const live = new LiveRenderer(host as unknown as Host, view);
  for (const event of events.slice(0, 2)) live.show(event as Event);
  await import('../../../src/cli/render/cli-progress.ts');
  await new Promise((resolve) => setImmediate(resolve));
  for (const event of events.slice(2)) live.show(event as Event);
  live.close();
  return text;
}

it('clears each line of a long message before its text', async () => {
  const start = { type: 'stage-started', key: 'k', reasons: [], resumed: false, attempt: 1 };
  const text = await written([
    { ...start, stage: 'a' },
    { ...start, stage: 'b' },
    { type: 'stage-failed', stage: 'a', failure: { kind: 'stage', message, advice: message } },
    {
      type: 'run-finished',
      executed: 0,
      cached: 0,
      failed: 1,
      skipped: 0,
      remaining: 0,
      seconds: 1,
    },
  ]);
  const shown = text.slice(text.indexOf('failed  a'), text.indexOf('log: pipeline log a'));
  const lines = shown.split('\n');
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines.slice(1)) expect(line.slice(0, 3)).toBe('\x1b[K');
});
