/** A thread that hashes and writes large files while this thread receives them. */
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Digest } from '../../key/digest.ts';
import type { ArrivingFile } from './arriving-file.ts';
import { type FromThread, type ToThread, threadMain } from './thread-main.ts';

/**
 * Bytes go to the thread in blocks of shared memory. A buffer that is sent from thread to thread is a
 * new object each time, so the garbage collection would take longer than copying its bytes.
 */
const BLOCK = 1 << 18;
/** Of each file. If the thread has all of them, no more bytes are received. */
const BLOCKS = 8;

/** The thread runs while a file is open. */
export class WritingThread {
  private worker: Worker | undefined;
  private readonly files = new Map<number, FileInThread>();
  private count = 0;

  /** `path` must not exist. */
  open(path: string): ArrivingFile {
    const worker = (this.worker ??= this.start());
    const file = new FileInThread(this.count++, worker);
    this.files.set(file.id, file);
    file.open(path);
    return file;
  }

  private start(): Worker {
    collectIncrementally(false);
    // As text: with the chunk of the build that has this code, it would load most of the engine.
    const worker = new Worker(`(${threadMain})(require)`, { eval: true });
    worker.on('message', (message: FromThread) => {
      this.files.get(message.id)!.receive(message);
      if (message.from !== undefined) return;
      this.files.delete(message.id);
      if (this.files.size === 0) this.end(worker);
    });
    const fail = (problem: Error): void => {
      for (const file of this.files.values()) file.receive({ id: file.id, problem });
      this.files.clear();
      this.end(worker);
    };
    worker.on('error', fail);
    worker.on('exit', (code) => fail(new Error(`the thread for files ended with code ${code}`)));
    return worker;
  }

  private end(worker: Worker): void {
    worker.removeAllListeners();
    void worker.terminate();
    this.worker = undefined;
    collectIncrementally(true);
  }
}

/**
 * Each piece that is received is new memory, and V8 frees it in the background. If that is late, V8 thinks that
 * the memory fills up and begins to mark all objects, dozens of times per gigabyte. This takes as long as
 * the rest of the download.
 */
function collectIncrementally(isOn: boolean): void {
  setFlagsFromString(isOn ? '--incremental-marking' : '--no-incremental-marking');
}

class FileInThread implements ArrivingFile {
  readonly id: number;
  private readonly worker: Worker;
  private readonly memory = new SharedArrayBuffer(BLOCKS * BLOCK);
  private readonly bytes = new Uint8Array(this.memory);
  /** Where the free blocks begin. The last one is in use. */
  private readonly free = Array.from({ length: BLOCKS }, (_, i) => i * BLOCK);
  /** Bytes in the block that is in use. */
  private length = 0;
  private isOpen = true;
  private problem: Error | undefined;
  private onFree: () => void = () => undefined;
  private onEnd: (last: FromThread) => void = () => undefined;
  private readonly last = new Promise<FromThread>((resolve) => {
    this.onEnd = resolve;
  });

  constructor(id: number, worker: Worker) {
    this.id = id;
    this.worker = worker;
  }

  open(path: string): void {
    this.send({ path, memory: this.memory });
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    const rest = this.copy(bytes);
    return rest.length === 0 ? undefined : this.copyLater(rest);
  }

  async end(): Promise<Digest> {
    if (this.length > 0) this.sendBlock();
    const { digest } = await this.close();
    if (this.problem) throw this.problem;
    return digest as Digest;
  }

  async drop(): Promise<void> {
    if (this.isOpen) await this.close();
  }

  receive(message: FromThread): void {
    const { from, problem } = message;
    if (problem) this.problem ??= errorOf(problem);
    if (from === undefined) this.onEnd(message);
    // Not as the last one, which is in use.
    else this.free.unshift(from);
    this.onFree();
  }

  /** Returns the bytes for which no block is free. */
  private copy(bytes: Uint8Array): Uint8Array {
    if (this.problem) throw this.problem;
    let rest = bytes;
    while (rest.length > 0 && this.free.length > 0) {
      const some = rest.subarray(0, BLOCK - this.length);
      this.bytes.set(some, this.free.at(-1)! + this.length);
      this.length += some.length;
      if (this.length === BLOCK) this.sendBlock();
      rest = rest.subarray(some.length);
    }
    return rest;
  }

  private async copyLater(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0; rest = this.copy(rest)) {
      await new Promise<void>((resolve) => {
        this.onFree = resolve;
      });
    }
  }

  private sendBlock(): void {
    this.send({ from: this.free.pop()!, length: this.length });
    this.length = 0;
  }

  private close(): Promise<FromThread> {
    this.isOpen = false;
    this.send({});
    return this.last;
  }

  private send(message: Omit<ToThread, 'id'>): void {
    this.worker.postMessage({ ...message, id: this.id });
  }
}

function errorOf(problem: NodeJS.ErrnoException): Error {
  return problem instanceof Error ? problem : Object.assign(new Error(), problem);
}
