/** What the thread that writes files runs, and its messages. */

/** In this order: one with `path`, some with `from`, one without both. */
export interface ToThread {
  /** Of the file. */
  readonly id: number;
  readonly path?: string;
  /** The blocks for the bytes of the file. */
  readonly memory?: SharedArrayBuffer;
  /** Where the next bytes are in `memory`. */
  readonly from?: number;
  readonly length?: number;
}

export interface FromThread {
  readonly id: number;
  /** The block is free again. The last message has none. */
  readonly from?: number;
  /** In the last message. */
  readonly digest?: string;
  /** The properties of the error after which nothing more was written. */
  readonly problem?: NodeJS.ErrnoException;
}

/** The thread gets this function as text, so it uses no other names of this file. */
export function threadMain(load: NodeJS.Require): void {
  const { createHash } = load('node:crypto') as typeof import('node:crypto');
  const fs = load('node:fs') as typeof import('node:fs');
  const { parentPort: port } = load('node:worker_threads') as typeof import('node:worker_threads');

  // The file is flushed after it has arrived. This starts it early, so that little is left then.
  const UNFLUSHED = 1 << 26;

  interface Open {
    descriptor: number | undefined;
    readonly memory: SharedArrayBuffer;
    readonly sum: ReturnType<typeof createHash>;
    unflushed: number;
    isFlushing: boolean;
    problem?: NodeJS.ErrnoException;
    onFlushed: () => void;
  }
  const files = new Map<number, Open>();

  port!.on('message', ({ id, path, memory, from, length }: ToThread) => {
    if (path !== undefined) open(id, path, memory!);
    else if (from !== undefined) write(id, from, length!);
    else end(id);
  });

  function open(id: number, path: string, memory: SharedArrayBuffer): void {
    const file: Open = {
      descriptor: undefined,
      memory,
      sum: createHash('sha256'),
      unflushed: 0,
      isFlushing: false,
      onFlushed: () => undefined,
    };
    files.set(id, file);
    unlessFailed(file, () => {
      file.descriptor = fs.openSync(path, 'wx');
    });
  }

  function write(id: number, from: number, length: number): void {
    const file = files.get(id)!;
    const bytes = new Uint8Array(file.memory, from, length);
    unlessFailed(file, () => {
      for (let at = 0; at < length; ) at += fs.writeSync(file.descriptor!, bytes, at);
      file.sum.update(bytes);
      file.unflushed += length;
      if (file.unflushed >= UNFLUSHED && !file.isFlushing) startFlush(file);
    });
    port!.postMessage({ id, from, problem: file.problem });
  }

  function startFlush(file: Open): void {
    file.unflushed = 0;
    file.isFlushing = true;
    fs.fdatasync(file.descriptor!, (problem) => {
      file.isFlushing = false;
      // The disk reports it only once, so a later flush might succeed.
      if (problem) file.problem ??= { ...problem, message: problem.message };
      file.onFlushed();
    });
  }

  function end(id: number): void {
    const file = files.get(id)!;
    file.onFlushed = () => {
      files.delete(id);
      if (file.descriptor !== undefined) fs.closeSync(file.descriptor);
      port!.postMessage({ id, digest: file.sum.digest('hex'), problem: file.problem });
    };
    if (!file.isFlushing) file.onFlushed();
  }

  /** A system error. Anything else ends the thread. */
  function unlessFailed(file: Open, act: () => void): void {
    if (file.problem) return;
    try {
      act();
    } catch (problem) {
      const { syscall, message } = problem as NodeJS.ErrnoException;
      if (syscall === undefined) throw problem;
      // Messages between threads keep no properties of an error.
      file.problem = { ...(problem as NodeJS.ErrnoException), message };
    }
  }
}
