/** Starts the processes that run stages, with the worker of this build. */
import { existsSync, statSync, utimes } from 'node:fs';
import { dirname, join } from 'node:path';
import { unlessAbsent } from '../base/system-error.ts';
import { type Executor, inheritedOptions, ProcessExecutor } from '../runner/index.ts';
import type { Build } from './build.ts';
import { withoutSecrets } from './remote-cache.ts';

type WorkerBuild = Pick<Build, 'worker' | 'files'>;

/**
 * Stages make many large arrays and drop them soon. Without a minimal heap size (MB), V8 did 130 full garbage
 * collections in a sweep of 61 models, which took an eighth of the time. The memory use is the same.
 */
const COLLECT_LATER = '--initial-old-space-size=128';

/** Runs stages in processes, and keeps the files of the build from being deleted while they run. */
export function makeExecutor(build: WorkerBuild, dist: string): Executor {
  const executor = new ProcessExecutor(join(dist, build.worker), withoutSecrets(process.env), {
    execArgv: [COLLECT_LATER, ...inheritedOptions(process.execArgv)],
  });
  // An installed package has no sources, so no later build deletes its files.
  let kept = !existsSync(join(dirname(dist), 'src'));
  return {
    execute: (invocation, signal, report) => {
      if (!kept) keepFiles(build, dist);
      kept = true;
      return executor.execute(invocation, signal, report);
    },
    prepare: (prewarm) => executor.prepare(prewarm),
    close: () => executor.close(),
  };
}

const TOUCH_MS = 3_600_000;

/**
 * A later build deletes files that were not touched for days, so a long run touches its files. There are hundreds,
 * and a cluster may start thousands of processes, so they are not touched again within an hour.
 */
function keepFiles(build: WorkerBuild, dist: string): void {
  const touch = (): void => {
    const now = new Date();
    for (const file of build.files) utimes(join(dist, file), now, now, () => undefined);
  };
  const touched = unlessAbsent(() => statSync(join(dist, build.worker)).mtimeMs) ?? 0;
  if (Date.now() - touched > TOUCH_MS) touch();
  setInterval(touch, TOUCH_MS).unref();
}
