/**
 * Makes tfjs's wasm backend compute on several threads in Node, which upstream turns off there.
 *
 * Upstream gives its threads a blob URL, which Node's workers do not accept, and uses at most half as many threads as
 * the machine has processors. So while the backend starts, and only then, workers are made from the same source as
 * text, and the number of processors is doubled. The results are the same as with one thread to the bit: XNNPACK splits
 * products by their outputs, never their sums.
 */
import { createRequire } from 'node:module';
import os from 'node:os';
import workerThreads from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';

/** Workers that the multi-threaded build makes when it starts. */
export const mostThreads = 8;

/** Starts the backend with `start` and its multi-threaded build from `folder`, the package's `wasm-out/`. */
export async function withThreads<T>(folder: string, start: () => Promise<T>): Promise<T> {
  const original = {
    worker: workerThreads.Worker,
    processors: os.cpus,
    global: Reflect.get(globalThis, 'Worker') as unknown,
  };
  const processors = original.processors();
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', true);
  workerThreads.Worker = threadWorker(folder);
  os.cpus = () => [...processors, ...processors];
  try {
    return await start();
  } finally {
    workerThreads.Worker = original.worker;
    os.cpus = original.processors;
    // The multi-threaded build sets it for itself. All its workers exist by now.
    Reflect.set(globalThis, 'Worker', original.global);
  }
}

/** A worker that ignores the given script, and does not keep the process alive. */
function threadWorker(folder: string): typeof workerThreads.Worker {
  const library = `${folder}tfjs-backend-wasm-threaded-simd.js`;
  const source = workerSource(`${folder}tfjs-backend-wasm-threaded-simd.worker.js`);
  return class extends workerThreads.Worker {
    constructor() {
      super(source, { eval: true });
      this.unref();
    }

    /** The multi-threaded build calls it for running threads, which run until the process ends. */
    override ref(): void {}

    override postMessage(message: unknown, transfer?: readonly workerThreads.Transferable[]): void {
      const load = (message as { readonly cmd?: string }).cmd === 'load';
      const sent = load ? { ...(message as object), urlOrBlob: library } : message;
      super.postMessage(sent, transfer);
    }
  };
}

function workerSource(module: string): string {
  const { wasmWorkerContents } = createRequire(import.meta.url)(module) as {
    readonly wasmWorkerContents: string;
  };
  // The source has line breaks inside string literals; upstream replaces them in the same way.
  return wasmWorkerContents.replace(/\n/g, '\\n');
}
