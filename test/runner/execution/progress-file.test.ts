/** The progress of a run, for other processes that watch it. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Event } from '../../../src/runner/execution/event.ts';
import { ProgressFile, readProgress } from '../../../src/runner/execution/progress-file.ts';

let folder: string;
let now = 0;
let file: ProgressFile;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'progress-'));
  now = 0;
  file = new ProgressFile(folder, () => now);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function see(type: string, stage: string, more: object = {}): void {
  file.see({ type, stage, ...more } as unknown as Event);
}

const half = { progress: { fraction: 0.5, message: 'half' } };

it('has the running stages, at most once per second, and nothing in the end', () => {
  see('stage-started', 'a');
  see('stage-progress', 'a', half);
  expect(readProgress(folder)).toEqual({});
  now = 1000;
  see('stage-started', 'b');
  expect(readProgress(folder)).toEqual({ a: { since: 0, ...half }, b: { since: 1000 } });
  now = 1500;
  see('stage-finished', 'a');
  expect(Object.keys(readProgress(folder))).toEqual(['a', 'b']);
  now = 2000;
  see('stage-progress', 'b', half);
  expect(readProgress(folder)).toEqual({ b: { since: 1000, ...half } });
  file.close();
  expect(readdirSync(folder)).toEqual([]);
});

it('starts again with each attempt, and ignores a stage that does not run', () => {
  see('stage-started', 'a');
  see('stage-progress', 'a', half);
  see('stage-retrying', 'a');
  now = 5000;
  see('stage-progress', 'a', half);
  see('stage-started', 'a');
  expect(readProgress(folder)).toEqual({ a: { since: 5000 } });
});

it('leaves no file after a short run, and stops no run if it cannot be written', () => {
  see('stage-started', 'a');
  see('stage-finished', 'a');
  expect(existsSync(join(folder, 'progress.json'))).toBe(false);
  rmSync(folder, { recursive: true });
  now = 9000;
  see('stage-started', 'b');
  file.close();
  expect(readProgress(folder)).toEqual({});
});
