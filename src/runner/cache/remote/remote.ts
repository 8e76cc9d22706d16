/**
 * Bytes by name on another machine: a folder, a web server or S3. It knows nothing of stages.
 *
 * `ac` has a record per key, `cas` has objects by digest. The names are those of Bazel's remote
 * caches over HTTP, so such a server stores our results too.
 */
export type RemoteKind = 'ac' | 'cas';

/** Bytes in memory, or a file or a part of it that begins at `from`. */
export type RemoteBody =
  | { readonly bytes: Uint8Array; readonly size: number }
  | { readonly file: string; readonly from?: number; readonly size: number };

/** Called before so many bytes are passed on. They wait for the promise, if there is one. */
export type Pace = (bytes: number) => Promise<void> | undefined;

/** Every method rejects with a `RemoteError`, or with the reason of `signal` if that is aborted. */
export interface Remote {
  /** The address, for messages. It has no credentials. */
  readonly address: string;

  /** The size of the stored bytes. Undefined if nothing has this name. */
  size(kind: RemoteKind, name: string, signal: AbortSignal): Promise<number | undefined>;

  /**
   * Calls `take` with the bytes as they arrive, beginning with byte `from`. False if nothing has
   * this name. Also rejects with an error that `take` throws.
   */
  get(kind: RemoteKind, name: string, options: GetOptions): Promise<boolean>;

  /** Stores all bytes or nothing. Rejects with the system error if the file of `body` can't be read. */
  put(kind: RemoteKind, name: string, body: RemoteBody, options: PutOptions): Promise<void>;

  /**
   * Called when a `put` has failed and no attempt follows. Removes the parts that were stored, if the
   * server can be reached. Resolves in any case, after a short time.
   */
  abandon?(kind: RemoteKind, name: string): Promise<void>;
}

export interface GetOptions {
  readonly from: number;
  readonly take: (bytes: Uint8Array) => void;
  readonly pace?: Pace | undefined;
  /** How many bytes are expected, if known. Large files begin first. */
  readonly size?: number;
  readonly signal: AbortSignal;
}

export interface PutOptions {
  /** Keeps bytes that have this name already, if the server can do that. */
  readonly ifAbsent: boolean;
  readonly pace?: Pace | undefined;
  /** Called when a part is stored, if another call continues after it. */
  readonly onPart?: () => void;
  readonly signal: AbortSignal;
}

/**
 * - `unreachable`: no connection, or no bytes for a while
 * - `refused`: the server answered that it will not do this, such as for lack of credentials
 * - `busy`: another attempt may succeed
 * - `wrong`: the answer is not what was stored, such as a page of a proxy
 * - `off`: nothing was sent, because too much has failed before
 */
export type RemoteProblem = 'unreachable' | 'refused' | 'busy' | 'wrong' | 'off';

/** The message is the end of a sentence that begins with the address. */
export class RemoteError extends Error {
  readonly problem: RemoteProblem;
  readonly advice: string | undefined;
  /** When the server wants the next attempt, if it said so. */
  readonly retryAfterMs: number | undefined;

  constructor(
    problem: RemoteProblem,
    message: string,
    { advice, retryAfterMs }: { readonly advice?: string; readonly retryAfterMs?: number } = {},
  ) {
    super(message);
    this.problem = problem;
    this.advice = advice;
    this.retryAfterMs = retryAfterMs;
  }
}
