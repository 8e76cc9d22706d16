/** `push` and `pull`: results go to the remote and come from it, all of them, once. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pull, push } from '../../../src/runner/index.ts';
import type { Rig } from '../rig.ts';
import { TwoProjects } from './two-projects.ts';

let both: TwoProjects;
let folder: string;
let one: Rig;
let two: Rig;
beforeEach(() => {
  both = new TwoProjects();
  ({ folder, one, two } = both);
});
afterEach(() => both.remove());

const request = {
  dryRun: false,
  signal: new AbortController().signal,
  onProgress: () => undefined,
};

describe('push and pull', () => {
  it('copy all results, and nothing the second time', async () => {
    await both.run(one);
    const would = await push(await both.planOf(one), { ...request, dryRun: true });
    expect(would).toMatchObject({ results: 4, known: 0, failed: 0 });
    expect(readdirSync(folder)).toEqual([]);
    const pushed = await push(await both.planOf(one), request);
    expect(pushed).toMatchObject({ results: 4, known: 0, failed: 0, objects: would?.objects });
    expect(await push(await both.planOf(one), request)).toMatchObject({
      results: 0,
      known: 4,
      bytes: 0,
    });

    const wouldPull = await pull(two, await both.planOf(two), { ...request, dryRun: true });
    expect(wouldPull).toMatchObject({ results: 4, known: 0, failed: 0 });
    expect(existsSync(two.layout.objects)).toBe(false);
    const pulled = await pull(two, await both.planOf(two), request);
    expect(pulled).toMatchObject({ results: 4, objects: wouldPull?.objects });
    expect(pulled?.bytes).toBe(wouldPull?.bytes);
    expect(await pull(two, await both.planOf(two), request)).toMatchObject({
      results: 0,
      known: 4,
    });
    expect((await both.run(two, { remote: undefined })).finished).toMatchObject({ cached: 4 });
    expect(readdirSync(two.layout.live)).toEqual([]);
  });

  it('push what a server has lost, and go on where they were stopped', async () => {
    await both.run(one);
    await push(await both.planOf(one), request);
    for (const name of both.objects.slice(0, 3)) rmSync(join(folder, 'cas', name));
    expect(await push(await both.planOf(one), request)).toMatchObject({ objects: 3, failed: 0 });
    const stop = new AbortController();
    const stopped = await pull(two, await both.planOf(two), {
      ...request,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect(stopped?.interrupted).toBe(true);
    expect(await pull(two, await both.planOf(two), request)).toMatchObject({ failed: 0 });
    expect((await both.run(two, { remote: undefined })).finished).toMatchObject({ cached: 4 });
  });

  it('report a bug that is found after they were stopped', async () => {
    await both.run(one, { writes: true });
    const bug = new Error('a bug');
    const stop = new AbortController();
    const onProgress = (done: number): void => {
      if (done === 0) return;
      stop.abort();
      throw bug;
    };
    const asked = { ...request, signal: stop.signal, onProgress };
    await expect(pull(two, await both.planOf(two), asked)).rejects.toBe(bug);
  });

  it('count what can not be fetched', async () => {
    await both.run(one, { writes: true });
    rmSync(join(folder, 'cas', both.objects[0]!));
    const pulled = await pull(two, await both.planOf(two), request);
    expect(pulled?.failed).toBeGreaterThan(0);
    expect(pulled?.failed).toBeLessThan(4);
  });

  it('have nothing to do without a remote', async () => {
    await both.run(one);
    expect(await push(await both.planOf(one, { remote: undefined }), request)).toBeUndefined();
    expect(await pull(one, await both.planOf(one, { remote: undefined }), request)).toBeUndefined();
  });
});
