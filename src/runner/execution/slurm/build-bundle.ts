/**
 * Builds a bundle on a node of the cluster, one order after another, with the local workplace. So
 * locks, decisions and commits are the same as on the machine of the run.
 */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../../../base/result.ts';
import {
  isSystemError,
  type SystemError,
  unlessAbsent,
  unlessRefused,
} from '../../../base/system-error.ts';
import { LocalCache } from '../../cache/local-cache.ts';
import { FileDigests } from '../../state/file-digests.ts';
import { LastResults } from '../../state/last-results.ts';
import { ActionCache } from '../../store/action-cache.ts';
import { setOwnJob } from '../../store/holder.ts';
import { Layout } from '../../store/layout.ts';
import { ObjectStore } from '../../store/object-store.ts';
import { ProjectFiles } from '../../store/project-files.ts';
import { dropWorkspaces } from '../../store/workspace.ts';
import type { AttemptEvent } from '../event.ts';
import type { Executor } from '../executor.ts';
import { LiveMarker } from '../live-marker.ts';
import { LocalWorkplace } from '../local/local-workplace.ts';
import type { Order } from '../order.ts';
import { pause } from '../timer.ts';
import type { Supervisor, Workplace } from '../workplace.ts';
import { FlushedEnds } from './flushed-ends.ts';
import { killedForMemory } from './memory-kills.ts';
import { readSubmission, type Site, taskPath } from './order-files.ts';
import { endedIn, type OrderEnd, TaskLogWriter } from './task-log.ts';

export interface Node {
  readonly host: string;
  /** The id of the job, for people. */
  readonly job: string;
  readonly cores: number;
  /** The name of the file that this process was started from. */
  readonly entry: string;
  /** Aborted when the job is asked to stop. */
  readonly signal: AbortSignal;
  /**
   * Slurm signals the processes of a job one after another, in milliseconds. A command may end before
   * this process gets the signal.
   */
  readonly signalsMs: number;
  /** A network disk may not show the orders at once. */
  readonly ordersMs: number;
  /** If the disk refuses the end of the report, it is tried again for this long, in milliseconds. */
  readonly reportMs: number;
  readonly now: () => number;
  readonly makeExecutor: (site: Site) => Result<Executor, string>;
}

/** `orders` is the file of a submission. Fails with a sentence. */
export async function buildBundle(
  orders: string,
  index: number,
  node: Node,
): Promise<Result<void, string>> {
  const read = await readPatiently(orders, node);
  if (!read.ok) return fail(`the orders can't be read: ${read.error.message}`);
  const submitted = read.value;
  if (!submitted || index >= submitted.size) {
    return fail(`${orders} has no bundle ${index}: this job was replaced`);
  }
  const { site } = submitted;
  const path = taskPath({ folder: dirname(orders) }, index);
  // After a crash of Slurm's controller, another job may have the same id.
  setOwnJob(`${node.job} ${path}`);
  const ended = endedIn(path);
  const log = new TaskLogWriter(path);
  log.add({ kind: 'begin', host: node.host, job: node.job });
  const refuse = async (message: string): Promise<Result<void, string>> => {
    log.add({ kind: 'refused', message, advice: 'run the pipeline again with the new build' });
    await log.close(node.reportMs);
    return fail(message);
  };
  if (site.entry !== node.entry) {
    return refuse(
      `the job was made by the build ${site.entry}, but ${node.host} has ${node.entry}`,
    );
  }
  const executor = node.makeExecutor(site);
  if (!executor.ok) return refuse(executor.error);
  const layout = new Layout(site.artifacts);
  const stats = new FileDigests(layout);
  const marker = new LiveMarker({
    layout,
    run: site.run,
    signal: node.signal,
    emit: () => undefined,
  });
  const workplace = open(layout, site, stats, executor.value, marker, node);
  let wasRefused = false;
  const ends = new FlushedEnds(log, () => {
    try {
      workplace.flush();
    } catch (problem) {
      wasRefused = true;
      throw problem;
    }
    // Then no other node reads the bytes again. Only files on the disk are known to be complete.
    if (!wasRefused) stats.save();
  });
  let refusal: Error | undefined;
  try {
    for (const [at, order] of submitted.bundle(index).entries()) {
      if (ended.has(at)) continue;
      if (node.signal.aborted) break;
      const report = (event: AttemptEvent): void => log.add({ kind: 'event', at, event });
      const supervisor = { signal: node.signal, report, freeCores: () => node.cores };
      ends.add(at, await build(order, supervisor, workplace, layout, node));
    }
  } finally {
    ends.report();
    refusal = await log.close(node.reportMs);
    // A later run removes them.
    unlessRefused(() => dropWorkspaces(layout));
    await marker.remove();
    workplace.close();
    setOwnJob(undefined);
  }
  if (!refusal) return ok(undefined);
  return fail(`the report of the job can't be written to ${path}: ${refusal.message}`);
}

async function readPatiently(
  orders: string,
  { signal, ordersMs }: Node,
): Promise<Result<ReturnType<typeof readSubmission>, SystemError>> {
  for (let waited = 0; ; waited += RETRY_MS) {
    const read = unlessBroken(() => readSubmission(orders));
    if ((read.ok && read.value) || signal.aborted || waited >= ordersMs) return read;
    await pause(RETRY_MS, signal);
  }
}

function unlessBroken<T>(act: () => T): Result<T, SystemError> {
  try {
    return ok(act());
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    return fail(problem);
  }
}

const RETRY_MS = 500;

function open(
  layout: Layout,
  { root }: Site,
  stats: FileDigests,
  executor: Executor,
  marker: LiveMarker,
  { cores, now }: Node,
): Workplace {
  const local = {
    actions: new ActionCache(layout, stats),
    store: new ObjectStore(layout, stats),
    latest: new LastResults(layout),
  };
  return new LocalWorkplace({
    layout,
    cache: new LocalCache(layout, local),
    store: local.store,
    files: new ProjectFiles(root, layout.root, stats),
    executor,
    capacities: { cpu: cores, network: cores },
    now,
    registered: () => marker.put(),
  });
}

async function build(
  order: Order,
  supervisor: Supervisor,
  workplace: Workplace,
  layout: Layout,
  { signal, signalsMs }: Node,
): Promise<OrderEnd> {
  const checkpoints = layout.checkpoints(order.key);
  const newest = (): number => unlessRefused(() => newestIn(checkpoints)) ?? 0;
  const before = newest();
  const killed = killedForMemory();
  const result = await workplace.build(order, supervisor);
  if (result.ok) return { result };
  if (result.error.kind === 'died' && result.error.signal === 'SIGKILL' && killed()) {
    return { result: fail(OUT_OF_MEMORY) };
  }
  await pause(signalsMs, signal);
  if (!signal.aborted) return { result };
  const progressed = newest() > before;
  return { result: fail({ kind: 'stopped' }), ...(progressed && { progressed }) };
}

const OUT_OF_MEMORY = {
  kind: 'out-of-memory',
  message: 'it needed more memory than its job has',
  advice: 'set more "memory" in its "resources"',
} as const;

/** The time of the newest checkpoint, in milliseconds. */
function newestIn(folder: string): number {
  const names = unlessAbsent(() => readdirSync(folder)) ?? [];
  const times = names.map((name) => unlessAbsent(() => statSync(join(folder, name)))?.mtimeMs ?? 0);
  return Math.max(0, ...times);
}
