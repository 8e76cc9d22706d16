/**
 * A remote with a limit of connections, further attempts, and an end of patience: after some
 * failures it is not asked again, so that a run loses seconds and not minutes. Reads and writes
 * are given up separately, because many users may only read.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type GetOptions,
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
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 3000;
/** Failed requests in a row, after which the remote is not asked again. */
const MOST_FAILURES = 3;
/** A download that takes longer than this must not be slow. */
const PATIENCE_MS = 5000;
/** All downloads together, in bytes per second. */
const SLOW = 20_000;

export type Direction = 'read' | 'write';

export class GuardedRemote implements Remote {
  readonly address: string;
  private readonly remote: Remote;
  private readonly slots = new Slots(MOST_CONNECTIONS);
  private readonly failures: Record<Direction, number> = { read: 0, write: 0 };
  private readonly ends: Record<Direction, AbortController>;
  private received = 0;

  constructor(remote: Remote) {
    this.remote = remote;
    this.address = remote.address;
    this.ends = { read: new AbortController(), write: new AbortController() };
    // Each request adds a listener.
    setMaxListeners(0, this.ends.read.signal, this.ends.write.signal);
  }

  size(kind: RemoteKind, name: string, signal: AbortSignal): Promise<number | undefined> {
    // Only uploads ask for sizes.
    return this.attempts('write', signal, (both) => this.remote.size(kind, name, both));
  }

  get(kind: RemoteKind, name: string, { from, take, signal }: GetOptions): Promise<boolean> {
    let at = from;
    const attempt = (both: AbortSignal): Promise<boolean> => {
      let [since, before] = [performance.now(), this.received];
      const takeAndCount = (bytes: Uint8Array): void => {
        this.received += bytes.length;
        at += bytes.length;
        const elapsed = performance.now() - since;
        if (elapsed > PATIENCE_MS) {
          const speed = ((this.received - before) / elapsed) * 1000;
          if (speed < SLOW) throw tooSlow(speed);
          [since, before] = [performance.now(), this.received];
        }
        take(bytes);
      };
      return this.remote.get(kind, name, { from: at, take: takeAndCount, signal: both });
    };
    return this.attempts('read', signal, attempt, () => at);
  }

  put(
    kind: RemoteKind,
    name: string,
    body: RemoteBody,
    { ifAbsent, signal }: PutOptions,
  ): Promise<void> {
    const put = (both: AbortSignal) =>
      this.remote.put(kind, name, body, { ifAbsent, signal: both });
    return this.attempts('write', signal, put);
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

  /** `progress` changes while attempts succeed in part. */
  private attempts<T>(
    direction: Direction,
    signal: AbortSignal,
    act: (signal: AbortSignal) => Promise<T>,
    progress = (): number => 0,
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
          throwIfEnded(signal, end);
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
    });
  }

  private async pause(
    failed: number,
    { retryAfterMs = 0 }: RemoteError,
    both: AbortSignal,
  ): Promise<void> {
    const usual = FIRST_WAIT_MS * 2 ** (failed - 1) * (0.75 + Math.random() / 2);
    const ms = Math.max(usual, retryAfterMs);
    // If it is aborted, the next attempt finds out why.
    await wait(ms, undefined, { signal: both }).catch((problem) => {
      if (!both.aborted) throw problem;
    });
  }
}

function throwIfEnded(signal: AbortSignal, end: AbortSignal): void {
  signal.throwIfAborted();
  if (end.aborted) throw new RemoteError('off', 'is not used any more');
}

function tooSlow(speed: number): RemoteError {
  const message = `sends only ${Math.round(speed / 100) / 10} kB per second`;
  return new RemoteError('unreachable', message, { advice: 'its results are computed here' });
}
