/**
 * Runs whose orders are built directly, or as JSON by a workplace that shares only the disk with
 * the run.
 */

import { LocalCache } from '../../../src/runner/cache/local-cache.ts';
import type { Event } from '../../../src/runner/execution/event.ts';
import type { Executor } from '../../../src/runner/execution/executor.ts';
import { LocalWorkplace } from '../../../src/runner/execution/local/local-workplace.ts';
import type { Order } from '../../../src/runner/execution/order.ts';
import { run } from '../../../src/runner/execution/run.ts';
import type { Workplace } from '../../../src/runner/execution/workplace.ts';
import { prepare } from '../../../src/runner/index.ts';
import { FileDigests } from '../../../src/runner/state/file-digests.ts';
import { LastResults } from '../../../src/runner/state/last-results.ts';
import { ActionCache } from '../../../src/runner/store/action-cache.ts';
import type { Layout } from '../../../src/runner/store/layout.ts';
import { ObjectStore } from '../../../src/runner/store/object-store.ts';
import { ProjectFiles } from '../../../src/runner/store/project-files.ts';
import type { Rig } from '../rig.ts';

export function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

type Site = Pick<Rig, 'project' | 'layout' | 'root'>;

/** Makes the workplace of a run. Collects the orders as they are sent. */
export type WorkplaceOf = (
  local: Workplace,
  site: Site,
  executor: Executor,
  orders: Order[],
) => Workplace;

const capacities = { cpu: 2, network: 2 };
const now = () => 1_700_000_000_000;

export const direct: WorkplaceOf = (local, _site, _executor, orders) => {
  const build: Workplace['build'] = (order, supervisor) => {
    orders.push(order);
    return local.build(order, supervisor);
  };
  return Object.assign(Object.create(local) as Workplace, { build });
};

/** Does what a process of another machine would do. */
export const asAnotherProcess: WorkplaceOf = (_local, { layout, root }, executor, orders) => {
  const node = nodeOf(layout, root, executor);
  return {
    capacities,
    build: async (order, { signal, report, freeCores }) => {
      orders.push(order);
      const sent = (event: Event): void => report(throughJson(event) as never);
      return throughJson(await node.build(throughJson(order), { signal, report: sent, freeCores }));
    },
    flush: () => node.flush(),
    close: () => node.close(),
  };
};

function nodeOf(layout: Layout, root: string, executor: Executor): Workplace {
  const stats = new FileDigests(layout);
  const actions = new ActionCache(layout, stats);
  const store = new ObjectStore(layout, stats);
  return new LocalWorkplace({
    layout,
    cache: new LocalCache(layout, { actions, store, latest: new LastResults(layout) }),
    store,
    files: new ProjectFiles(root, layout.root, stats),
    executor,
    capacities,
    now,
    registered: async () => undefined,
  });
}

export interface Outcome {
  readonly events: readonly Event[];
  readonly orders: readonly Order[];
}

export async function runOn(
  site: Site,
  text: string,
  executor: Executor,
  workplaceOf: WorkplaceOf,
  forced: readonly string[] = [],
): Promise<Outcome> {
  const selection = { configs: [], settings: [], targets: [], forced };
  const prepared = await prepare(site.project(text), selection);
  if (!prepared.ok) throw new Error(JSON.stringify(prepared.error.diagnostics));
  const { plan, planContext, forced: stages } = prepared.value;
  const { layout } = site;
  const events: Event[] = [];
  const orders: Order[] = [];
  const { signal } = new AbortController();
  const emit = (event: Event): void => void events.push(event);
  await run(
    plan,
    { capacities, keepGoing: true, forced: stages },
    { run: 'run-1', layout, planContext, executor, signal, emit, now },
    (local) => workplaceOf(local, site, executor, orders),
  );
  return { events, orders };
}
