/**
 * Power cuts: a run ends at some write, and any bytes and names that were not flushed may be lost.
 * The next run must end with the results of a clean one, and the run after it must have nothing to
 * do.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isSystemError } from '../../src/base/system-error.ts';
import { type Clean, cleanState, differences } from './clean-state.ts';
import { InProcessProject } from './in-process-project.ts';
import { LossyDisk } from './lossy-disk.ts';
import { Random } from './random.ts';

export interface PowerCutsOptions {
  /** The folder for temporary folders. */
  readonly root: string;
  readonly count: number;
  readonly seed: number;
}

export interface PowerCutsReport {
  readonly cuts: number;
  /** Cuts after the end of the run. */
  readonly afterTheEnd: number;
  /** Files that lost bytes, and names that were lost or restored to an old state. */
  readonly lost: number;
  /** Stages that later runs built again. */
  readonly made: number;
  /** The number of calls in a complete run that change the disk. */
  readonly calls: number;
  readonly seconds: number;
  /** Empty if everything is right. */
  readonly faults: readonly string[];
}

export async function cutPower(options: PowerCutsOptions): Promise<PowerCutsReport> {
  const folder = realpathSync(mkdtempSync(join(options.root, 'power-')));
  const began = performance.now();
  const random = new Random(options.seed);
  const faults: string[] = [];
  let [lost, made, afterTheEnd] = [0, 0, 0];
  try {
    const { clean, outputs, calls } = await cleanRun(folder);
    for (let number = 0; number < options.count; number++) {
      const root = join(folder, `cut-${number}`);
      const project = projectAt(root);
      // A long stage is flushed at once, a short one at the end of the run.
      if (random.below(2) === 0) project.now = jumping();
      if (random.below(2) === 0) await project.run();
      project.version = 'the second';
      const disk = diskOf(root);
      disk.cutAt = 1 + random.below(Math.ceil(calls * 1.15));
      try {
        await disk.during(() => project.run());
        afterTheEnd++;
      } catch (problem) {
        // The power was cut where the run can't report it as a stage's failure.
        if (!isSystemError(problem)) throw problem;
      }
      lost += disk.lose(project.layout.root, random);
      // Markers and locks of a dead run would belong to this live process.
      for (const folder of [project.layout.locks, project.layout.live]) {
        rmSync(folder, { recursive: true, force: true });
      }
      const fault = (text: string): unknown =>
        faults.push(`cut ${number} at call ${disk.cutAt} of ${disk.calls}: ${text}`);
      try {
        const first = await project.run();
        made += first.finished.executed;
        if (first.failures.length > 0) fault(`failed: ${first.failures.join('; ')}`);
        if (!isDeepStrictEqual(first.outputs, outputs)) fault('wrong: other outputs were reported');
        for (const difference of differences(project.layout.root, clean)) fault(difference);
        const second = await project.run();
        if (second.finished.executed > 0) fault('lost: a second run built something again');
        for (const difference of differences(project.layout.root, clean)) {
          fault(`in the second run ${difference}`);
        }
      } catch (problem) {
        fault(`trace: ${(problem as Error).stack}`);
      }
      rmSync(root, { recursive: true, force: true });
    }
    const seconds = Math.round((performance.now() - began) / 1000);
    return { cuts: options.count, afterTheEnd, lost, made, calls, seconds, faults };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function cleanRun(folder: string): Promise<{
  readonly clean: Clean;
  readonly outputs: Readonly<Record<string, object>>;
  readonly calls: number;
}> {
  const root = join(folder, 'clean');
  const project = projectAt(root);
  project.version = 'the second';
  const disk = diskOf(root);
  const { outputs } = await disk.during(() => project.run());
  return { clean: cleanState(project.layout.root), outputs, calls: disk.calls };
}

function projectAt(root: string): InProcessProject {
  mkdirSync(root);
  return new InProcessProject(root);
}

function diskOf(root: string): LossyDisk {
  const backups = join(root, 'backups');
  mkdirSync(backups);
  return new LossyDisk(backups);
}

/** Each call returns a time five seconds later. */
function jumping(): () => number {
  let time = Date.now();
  return () => {
    time += 5000;
    return time;
  };
}
