/** A cluster in this process, and pipelines to run on it. */
import { afterEach, beforeEach } from 'vitest';
import type { Event } from '../../../../src/runner/execution/event.ts';
import {
  type Bundle,
  readSubmission,
  runsWithOrders,
  type StoredSubmission,
  submissionsOf,
} from '../../../../src/runner/execution/slurm/order-files.ts';
import { Rig } from '../../rig.ts';
import { FakeSlurm } from './fake-slurm.ts';
import { type Ran, type RunOptions, runOnSlurm } from './run-on-slurm.ts';

export const three = `stages:
  a: { uses: make, with: { name: a } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
  c: { uses: make, with: { name: c }, inputs: { from: [a, b] } }
`;
export const one = 'stages:\n  a: { uses: make, with: { name: a } }\n';
/** Stages that can't be in one submission. */
export const sorts = `stages:
  a: { uses: make, with: { name: a } }
  b: { uses: make, with: { name: b }, resources: { cpu: 2 } }
  c: { uses: make, with: { name: c }, resources: { cpu: 3 } }
`;
export const many = `stages:
  a:
    uses: make
    matrix: { i: [${Array.from({ length: 60 }, (_, i) => i)}] }
    with: { name: "a\${matrix.i}" }
`;

export class ClusterRig {
  readonly rig = new Rig();
  readonly slurm = new FakeSlurm(this.rig.executor);
  private runs = 0;

  /** The runs are named `run-0`, `run-1`, ... */
  readonly runOn = (text: string, options: RunOptions = {}): Promise<Ran> =>
    runOnSlurm(text, { rig: this.rig, slurm: this.slurm, run: `run-${this.runs++}` }, options);

  get submissions(): readonly StoredSubmission[] {
    const { layout } = this.rig;
    return runsWithOrders(layout).flatMap((run) => submissionsOf(layout, run));
  }

  ordersOf({ orders, index }: { readonly orders: string; readonly index: number }): Bundle {
    return readSubmission(orders)!.bundle(index);
  }

  /** Resolves after Slurm was asked several times. */
  async asked(times: number): Promise<void> {
    const { slurm } = this;
    const ask = slurm.queue.bind(slurm);
    let count = 0;
    await new Promise<void>((resolve) => {
      slurm.queue = () => {
        if (++count === times) resolve();
        return ask();
      };
    });
    slurm.queue = ask;
  }
}

/** A new cluster for each test of a file. */
export function eachCluster(use: (cluster: ClusterRig) => void): void {
  let cluster: ClusterRig;
  beforeEach(() => {
    cluster = new ClusterRig();
    use(cluster);
  });
  afterEach(() => cluster.rig.remove());
}

export function failureIn(events: readonly Event[]): unknown {
  const failed = events.find((event) => event.type === 'stage-failed');
  return failed?.type === 'stage-failed' ? failed.failure : undefined;
}

export function typesOf(events: readonly Event[], stage: string): readonly string[] {
  return events.flatMap((event) => ('stage' in event && event.stage === stage ? [event.type] : []));
}
