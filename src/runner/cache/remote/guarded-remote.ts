/**
 * A remote with limits of connections and speed, further attempts, and an end of patience: after
 * some failures it is not asked again, so that a run loses seconds and not minutes. Reads and writes
 * are given up separately, because many users may only read.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { isStop } from '../../../base/is-stop.ts';
import { timeLimit } from '../../../base/time-limit.ts';
import { RateLimit } from './rate-limit.ts';
import {
  type GetOptions,
  type Pace,
  type PutOptions,
  type Remote,
  type RemoteBody,
  RemoteError,
  type RemoteKind,
} from './remote.ts';
import { Slots } from './slots.ts';

const MOST_CONNECTIONS = 16;
/** Attempts of which none brings any bytes. */
const MOST_IN_A_ROW = 3;
const MOST_ATTEMPTS = 20;
const LONGEST_WAIT_MS = 3000;
/** Failed requests in a row, after which the remote is not asked again. */
const MOST_FAILURES = 3;
/** All downloads together, in bytes per second. */
const SLOW = 20_000;

export type Direction = 'read' | 'write';

export interface Patience {
  /** The wait before the second attempt. Each further one waits twice as long. */
  readonly firstWaitMs: number;
  /** A download that takes longer than this must not be slow. */
  readonly slowMs: number;
}

const PATIENCE: Patience = { firstWaitMs: 200, slowMs: 5000 };

export interface GuardOptions {
  /** All transfers together, in bytes per second. */
  readonly limit?: number | undefined;
  /** Called with the bytes that arrived or are about to be sent. */
  readonly onBytes?: (bytes: number) => void;
  readonly patience?: Patience | undefined;
}

export class GuardedRemote implements Remote {
  readonly address: string;
  private readonly remote: Remote;
  private readonly slots = new Slots(MOST_CONNECTIONS);
  private readonly failures: Record<Direction, number> = { read: 0, write: 0 };
  private readonly ends: Record<Direction, AbortController>;
  private received = 0;
  private readonly rateLimit: RateLimit | undefined;
  private readonly onBytes: GuardOptions['onBytes'];
  private readonly patience: Patience;

  constructor(remote: Remote, { limit, onBytes, patience = PATIENCE }: GuardOptions = {}) {
    this.remote = remote;
    this.rateLimit = limit === undefined ? undefined : new RateLimit(limit);
    this.onBytes = onBytes;
    this.patience = patience;
    this.address = remote.address;
    this.ends = { read: new AbortController(), write: new AbortController() };
    // Each request adds a listener.
    setMaxListeners(0, this.ends.read.signal, this.ends.write.signal);
  }

  size(kind: RemoteKind, name: string, signal: AbortSignal): Promise<number | undefined> {
    // Only uploads ask for sizes.
    return this.attempts('write', signal, (both) => this.remote.size(kind, name, both));
  }

  get(kind: RemoteKind, name: string, { from, take, size, signal }: GetOptions): Promise<boolean> {
    let at = from;
    const { slowMs } = this.patience;
    const attempt = async (both: AbortSignal): Promise<boolean> => {
      let [isLate, before] = [false, this.received];
      const restart = (): (() => void) => timeLimit(slowMs, () => (isLate = true));
      let end = restart();
      const takeAndCount = (bytes: Uint8Array): void => {
        this.received += bytes.length;
        at += bytes.length;
        if (isLate) {
          const speed = ((this.received - before) / slowMs) * 1000;
          if (speed < SLOW) throw tooSlow(speed);
          [isLate, before, end] = [false, this.received, restart()];
        }
        take(bytes);
      };
      const pace = this.paceUntil(both);
      try {
        return await this.remote.get(kind, name, {
          from: at,
          take: takeAndCount,
          pace,
          signal: both,
        });
      } finally {
        end();
      }
    };
    return this.attempts('read', signal, attempt, { progress: () => at, rank: size });
  }

  async put(
    kind: RemoteKind,
    name: string,
    body: RemoteBody,
    { ifAbsent, signal }: PutOptions,
  ): Promise<void> {
    let parts = 0;
    const put = (both: AbortSignal) => {
      const pace = this.paceUntil(both);
      const onPart = (): void => void parts++;
      return this.remote.put(kind, name, body, { ifAbsent, pace, onPart, signal: both });
    };
    // A record completes a result, so it does not wait for files of others.
    const rank = kind === 'ac' ? undefined : body.size;
    try {
      await this.attempts('write', signal, put, { progress: () => parts, rank });
    } catch (problem) {
      await this.remote.abandon?.(kind, name);
      throw problem;
    }
  }

  /** Counts a failure, such as an answer that turned out to be wrong after it was complete. */
  noteFailure(direction: Direction, { problem, retryAfterMs = 0 }: RemoteError): void {
    const isFinal =
      problem === 'unreachable' || problem === 'refused' || retryAfterMs > LONGEST_WAIT_MS;
    if (isFinal || ++this.failures[direction] >= MOST_FAILURES) this.ends[direction].abort();
  }

  /** Called after the bytes of an answer have been checked. */
  noteSuccess(direction: Direction): void {
    this.failures[direction] = 0;
  }

  private paceUntil(signal: AbortSignal): Pace {
    return (bytes) => {
      this.onBytes?.(bytes);
      const ms = this.rateLimit?.delay(bytes, performance.now()) ?? 0;
      return ms > 0 ? wait(ms, undefined, { signal }) : undefined;
    };
  }

  private attempts<T>(
    direction: Direction,
    signal: AbortSignal,
    act: (signal: AbortSignal) => Promise<T>,
    { progress = () => 0, rank = Number.POSITIVE_INFINITY }: AttemptOptions = {},
  ): Promise<T> {
    const end = this.ends[direction].signal;
    return this.slots.run(async () => {
      const both = AbortSignal.any([signal, end]);
      let failed = 0;
      for (let attempt = 1; ; attempt++) {
        throwIfEnded(signal, end);
        const before = progress();
        try {
          return await act(both);
        } catch (problem) {
          if (isStop(problem, both)) throwIfEnded(signal, end);
          // Anything else is why the attempt failed, even if it was stopped at that moment.
          if (!(problem instanceof RemoteError)) throw problem;
          failed = progress() > before ? 1 : failed + 1;
          const isLast =
            failed >= MOST_IN_A_ROW ||
            attempt >= MOST_ATTEMPTS ||
            (problem.retryAfterMs ?? 0) > LONGEST_WAIT_MS;
          if (problem.problem !== 'busy' || isLast) {
            // The caller counts wrong answers, because it finds most of them.
            if (problem.problem !== 'wrong') this.noteFailure(direction, problem);
            throw problem;
          }
          await this.pause(failed, problem, both);
        }
      }
    }, rank);
  }

  private async pause(
    failed: number,
    { retryAfterMs = 0 }: RemoteError,
    both: AbortSignal,
  ): Promise<void> {
    const usual = this.patience.firstWaitMs * 2 ** (failed - 1) * (0.75 + Math.random() / 2);
    const ms = Math.max(usual, retryAfterMs);
    // If it is aborted, the next attempt finds out why.
    await wait(ms, undefined, { signal: both }).catch((problem) => {
      if (!both.aborted) throw problem;
    });
  }
}

interface AttemptOptions {
  /** Changes while attempts succeed in part. */
  readonly progress?: () => number;
  /** Those with the highest one start first. By default, it starts before all files. */
  readonly rank?: number | undefined;
}

function throwIfEnded(signal: AbortSignal, end: AbortSignal): void {
  signal.throwIfAborted();
  if (end.aborted) throw new RemoteError('off', 'is not used any more');
}

function tooSlow(speed: number): RemoteError {
  const message = `sends only ${Math.round(speed / 100) / 10} kB per second`;
  return new RemoteError('unreachable', message, { advice: 'its results are computed here' });
}
