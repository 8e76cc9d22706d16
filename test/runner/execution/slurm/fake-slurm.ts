/** A cluster in this process. The test decides when its jobs begin and how they end. */
import { fail, ok, type Result } from '../../../../src/base/result.ts';
import type { Executor } from '../../../../src/runner/execution/executor.ts';
import { buildBundle } from '../../../../src/runner/execution/slurm/build-bundle.ts';
import type { Job, OutNodes, Queue } from '../../../../src/runner/execution/slurm/queue.ts';
import { taskName } from '../../../../src/runner/execution/slurm/queue.ts';
import type {
  Refusal,
  Slurm,
  Submitted,
  Unanswered,
} from '../../../../src/runner/execution/slurm/slurm.ts';

interface FakeJob {
  readonly name: string;
  readonly orders: string;
  readonly index: number;
  readonly id: string;
  state: string;
  reason: string;
  readonly signalled: AbortController;
}

export class FakeSlurm implements Slurm {
  readonly jobs: FakeJob[] = [];
  readonly submitted: Submitted[] = [];
  readonly cancelled: string[] = [];
  /** Called for each new job. By default it runs at once. */
  onJob: (job: FakeJob) => void = (job) => void this.run(job);
  refusal: Refusal | undefined;
  /** Why the queue can't be read. */
  unanswered: Unanswered | undefined;
  /** Nodes that get no jobs. */
  out: OutNodes[] = [];
  private readonly executor: Executor;
  signalsMs = 0;
  reportMs = 0;
  ordersMs = 0;
  private ids = 0;

  constructor(executor: Executor) {
    this.executor = executor;
  }

  async submit(submitted: Submitted): Promise<Result<void, Refusal>> {
    if (this.refusal) return fail(this.refusal);
    this.submitted.push(submitted);
    const last = submitted.args
      .find((one) => one.startsWith('--array='))!
      .split('-')
      .at(-1);
    const orders = /node-fake\.js (\S+) /.exec(submitted.script)![1]!;
    const id = ++this.ids;
    for (let index = 0; index <= Number(last); index++) {
      const job: FakeJob = {
        name: taskName(submitted.token, index),
        orders,
        index,
        id: `${id}_${index}`,
        state: 'PENDING',
        reason: 'Resources',
        signalled: new AbortController(),
      };
      this.jobs.push(job);
      this.onJob(job);
    }
    return ok(undefined);
  }

  /** The program on the node. */
  async run(job: FakeJob, entry = 'node-fake.js'): Promise<void> {
    job.state = 'RUNNING';
    const result = await buildBundle(job.orders, job.index, {
      host: 'n1',
      job: job.id,
      cores: 1,
      entry,
      signal: job.signalled.signal,
      signalsMs: this.signalsMs,
      ordersMs: this.ordersMs,
      reportMs: this.reportMs,
      now: () => 1_700_000_000_000,
      makeExecutor: () => ok(this.executor),
    });
    if (job.state === 'RUNNING') job.state = result.ok ? 'COMPLETED' : 'FAILED';
  }

  async queue(): Promise<Result<Queue, Unanswered>> {
    if (this.unanswered) return fail(this.unanswered);
    const queue = new Map<string, Job[]>();
    for (const { name, id, state, reason } of this.jobs) {
      queue.set(name, [...(queue.get(name) ?? []), { id, state, reason, node: 'n1' }]);
    }
    return ok(queue);
  }

  async cancel(isMeant: (name: string) => boolean): Promise<void> {
    this.cancelNow(isMeant);
  }

  cancelNow(isMeant: (name: string) => boolean): Result<number, string> {
    if (this.unanswered) return fail('it is away');
    const jobs = this.jobs.filter(({ name }) => isMeant(name));
    for (const job of jobs) {
      this.cancelled.push(job.name);
      job.state = 'CANCELLED';
      job.signalled.abort();
    }
    return ok(jobs.length);
  }

  async startNow(id: string): Promise<void> {
    const job = this.jobs.find((one) => one.id === id)!;
    job.reason = 'None';
    this.onJob(job);
  }

  async release(id: string): Promise<void> {
    await this.startNow(id);
  }

  async nodesOut(): Promise<readonly OutNodes[]> {
    return this.out;
  }

  /** Slurm forgets all jobs, as after a crash of its controller. */
  forget(): void {
    this.jobs.length = 0;
  }
}
