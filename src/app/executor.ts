/** Starts the processes that run stages, with the worker of this build. */
import { existsSync, utimes } from 'node:fs';
import { dirname, join } from 'node:path';
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

/** A later build deletes files that were not touched for days, so a long run touches its files. */
function keepFiles({ files }: WorkerBuild, dist: string): void {
  const touch = (): void => {
    const now = new Date();
    for (const file of files) utimes(join(dist, file), now, now, () => undefined);
  };
  touch();
  setInterval(touch, 3_600_000).unref();
}
