/** A bug is reported as a bug and a failure as a failure, wherever it happens in a run. */
import { existsSync, readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Event } from '../../src/runner/execution/event.ts';
import { Rig } from './rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

const text = `
stages:
  before: { uses: make, with: { name: before } }
  a: { uses: make, with: { name: a }, inputs: { from: before } }
  beside: { uses: make, with: { name: beside } }
`;

function throwAt(type: Event['type'], stage?: string) {
  const bug = new TypeError('undefined is not a function');
  const onEvent = (event: Event): void => {
    const isIt = stage === undefined || ('stage' in event && event.stage === stage);
    if (event.type === type && isIt) throw bug;
  };
  return { bug, onEvent };
}

function leftBehind(): string[] {
  const { layout } = rig;
  const folders = [layout.locks, layout.live, layout.workspaces];
  return folders.flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []));
}

describe('a listener that throws', () => {
  it.each([
    ['run-started'],
    ['stage-cached', 'before'],
    ['stage-started', 'a'],
    ['stage-finished', 'a'],
    ['run-finished'],
  ] as const)('at %s ends the run with its own error', async (type, stage?: string) => {
    await rig.run(text, { targets: ['before'] });
    const { bug, onEvent } = throwAt(type, stage);
    await expect(rig.run(text, { onEvent })).rejects.toBe(bug);
    expect(leftBehind()).toEqual([]);
    expect((await rig.run(text)).finished).toMatchObject({ failed: 0, remaining: 0 });
  });

  it('at the progress of a stage stops the running stages, and then ends the run', async () => {
    rig.executor.hold('a', 'beside');
    const { bug, onEvent } = throwAt('stage-progress');
    const running = rig.run(text, { onEvent });
    const held = await rig.executor.next('a');
    await rig.executor.next('beside');
    // Both are stopped before the run rejects, so nothing is left behind.
    held.progress(0.5);
    await expect(running).rejects.toBe(bug);
    expect(leftBehind()).toEqual([]);
  });
});

describe('an executor that rejects', () => {
  const error = (code: string) =>
    Object.assign(new Error(`${code}: what the system says, open 'x'`), { code, syscall: 'open' });

  it.each(['EACCES', 'EROFS', 'EIO', 'EMFILE', 'ENOSPC', 'ESTALE'])(
    'with %s of the system is a failure of the stage',
    async (code) => {
      rig.executor.instead.set('a', () => {
        throw error(code);
      });
      const { events, finished } = await rig.run(text);
      const failed = events.find((event) => event.type === 'stage-failed');
      expect(failed).toMatchObject({ stage: 'a', failure: { kind: 'store' } });
      expect(finished.failed).toBe(1);
    },
  );

  it.each([
    new TypeError('x is undefined'),
    new RangeError('Invalid array length'),
    Object.assign(new Error('bad argument'), { code: 'ERR_INVALID_ARG_TYPE' }),
  ])('with a bug rejects the run: %s', async (bug) => {
    rig.executor.instead.set('a', () => {
      throw bug;
    });
    await expect(rig.run(text)).rejects.toBe(bug);
  });
});
