/** Starts tfjs's wasm backend on several threads, with clones that share their numbers. */
import { shareClones } from './clones.ts';
import { mostThreads, withThreads } from './threads.ts';

export interface WasmStart {
  /** The package's `wasm-out/`. */
  readonly folder: string;
  readonly threads: number;
  setThreadsCount(count: number): void;
  start(): Promise<void>;
}

export async function startWasm({
  folder,
  threads,
  setThreadsCount,
  start,
}: WasmStart): Promise<void> {
  if (threads > 1) {
    setThreadsCount(Math.min(threads, mostThreads));
    await withThreads(folder, start);
  } else {
    await start();
  }
  shareClones();
}
