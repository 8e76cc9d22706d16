/**
 * The job of a bundle on a node of a cluster: `node node.js ORDERS INDEX`. The script in
 * `runner/execution/slurm/submit.ts` starts it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Build } from './app/build.ts';
import { makeExecutor } from './app/executor.ts';
import { fail, ok, type Result } from './base/result.ts';
import { unlessAbsent } from './base/system-error.ts';
import { buildBundle, type Executor } from './runner/index.ts';

const [, self = fileURLToPath(import.meta.url), orders = '', index = ''] = process.argv;
const dist = dirname(fileURLToPath(import.meta.url));
const environment = process.env;

const abort = new AbortController();
// USR2: the time is nearly over. TERM: the job is cancelled or preempted.
for (const signal of ['SIGUSR2', 'SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => abort.abort());
}

/** The files of the build, which a later build keeps while they are touched. */
function executorFor(worker: string): Result<Executor, string> {
  if (!existsSync(join(dist, worker))) {
    return fail(`the build of this job is no longer in ${dist}: it has no ${worker}`);
  }
  return ok(
    makeExecutor(
      {
        worker,
        // A large file, which few jobs need.
        get files() {
          const text = unlessAbsent(() => readFileSync(join(dist, 'build.json'), 'utf8'));
          const build = text === undefined ? undefined : (JSON.parse(text) as Build);
          return build?.worker === worker ? build.files : [worker, basename(self)];
        },
      },
      dist,
    ),
  );
}

const { SLURM_ARRAY_JOB_ID, SLURM_ARRAY_TASK_ID, SLURM_CPUS_PER_TASK } = environment;
const result = await buildBundle(orders, Number(index), {
  host: hostname(),
  job: `${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}`,
  cores: Number(SLURM_CPUS_PER_TASK) || availableParallelism(),
  entry: basename(self),
  signal: abort.signal,
  signalsMs: 1000,
  ordersMs: 30_000,
  reportMs: 60_000,
  now: Date.now,
  makeExecutor: ({ worker }) => executorFor(worker),
});
if (!result.ok) {
  process.stderr.write(`error: ${result.error}\n`);
  process.exitCode = 1;
}
