/** A whole run on a cluster in this process. */
import type { Remote } from '../../../../src/runner/cache/remote/remote.ts';
import { RemoteCache } from '../../../../src/runner/cache/remote-cache.ts';
import type { Event, RunFinished } from '../../../../src/runner/execution/event.ts';
import { run } from '../../../../src/runner/execution/run.ts';
import type { Pace } from '../../../../src/runner/execution/slurm/pace.ts';
import { SlurmWorkplace } from '../../../../src/runner/execution/slurm/slurm-workplace.ts';
import type { Rig } from '../../rig.ts';
import type { FakeSlurm } from './fake-slurm.ts';

const pace: Pace = {
  collect: 1,
  betweenSubmissions: 1,
  look: [1, 4],
  ask: [2, 10],
  news: 1000,
  missing: 20,
  short: 50,
  linger: 10,
};

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly cancel?: AbortSignal;
  readonly keepGoing?: boolean;
  readonly jobs?: number;
  readonly account?: string;
  /** A cache that results are stored in. */
  readonly remote?: Remote;
  readonly onEvent?: (event: Event) => void;
}

export interface Ran {
  readonly finished: RunFinished;
  readonly events: readonly Event[];
}

interface Place {
  readonly rig: Rig;
  readonly slurm: FakeSlurm;
  /** The id of the run. */
  readonly run: string;
}

export async function runOnSlurm(
  text: string,
  { rig, slurm, run: id }: Place,
  { signal = new AbortController().signal, onEvent, jobs = 200, ...options }: RunOptions = {},
): Promise<Ran> {
  const { plan, planContext: local, forced } = await rig.prepare(text);
  const { remote } = options;
  const source = { open: async () => remote && { remote }, writes: true };
  const cache = remote ? new RemoteCache(local.cache, local, source) : local.cache;
  const planContext = { ...local, cache };
  const events: Event[] = [];
  const emit = (event: Event): void => {
    events.push(event);
    onEvent?.(event);
  };
  const context = { run: id, layout: rig.layout, planContext, executor: rig.executor };
  const finished = await run(
    plan,
    { capacities: { cpu: 1, network: 1 }, keepGoing: options.keepGoing ?? false, forced },
    { ...context, signal, emit, now: () => 1_700_000_000_000 },
    (_local, registered) =>
      new SlurmWorkplace({
        ...context,
        cache,
        root: rig.root,
        profile: {
          executor: 'slurm',
          partition: {},
          ...(options.account !== undefined && { account: options.account }),
          jobs,
          bundleSeconds: 600,
          extra: [],
          local: [],
        },
        program: { node: 'node', entry: '/dist/node-fake.js', worker: 'worker.js' },
        environment: {},
        past: new Map(),
        slurm,
        pace,
        emit,
        registered,
        cancel: options.cancel,
      }),
  );
  return { finished, events };
}
