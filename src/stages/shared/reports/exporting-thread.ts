/**
 * A thread that exports figures as PDF and PNG while the stage draws the next ones. Both take about as long.
 *
 * This file contains both sides. The thread runs the same file, because only the file itself knows the name
 * that the build gave it.
 */
import { parentPort, Worker, workerData } from 'node:worker_threads';
import {
  type ExportFigure,
  exportHere,
  type FigureExports,
  loadExports,
} from '../../../report/charts/exports.ts';

interface Order {
  readonly id: number;
  readonly svg: string;
  readonly title: string;
}

interface Answer {
  readonly id: number;
  readonly exports?: FigureExports;
  readonly problem?: unknown;
}

interface Waiting {
  readonly resolve: (exports: FigureExports) => void;
  readonly reject: (problem: unknown) => void;
}

/** Marks the thread. */
const ROLE = 'exporting-thread';

if (workerData === ROLE) {
  // While the first figure is drawn. The export of a figure reports a failure.
  loadExports().catch(() => undefined);
  parentPort!.on('message', ({ id, svg, title }: Order) => {
    exportHere(svg, title).then(
      (exports) => answer({ id, exports }),
      (problem) => answer({ id, problem }),
    );
  });
}

function answer(message: Answer): void {
  parentPort!.postMessage(message);
}

/**
 * Does `work` with the thread, and then ends it. If the thread dies or the signal ends it, pending exports fail.
 * A stage with one core exports in its own thread.
 */
export async function withExportingThread<T>(
  { cores, signal }: { readonly cores: number; readonly signal: AbortSignal },
  work: (exportFigure: ExportFigure) => Promise<T>,
): Promise<T> {
  if (cores === 1) return work(exportHere);
  const waiting = new Map<number, Waiting>();
  const failAll = (problem: unknown): void => {
    for (const { reject } of waiting.values()) reject(problem);
    waiting.clear();
  };
  const thread = new Worker(new URL(import.meta.url), { workerData: ROLE });
  thread.on('message', ({ id, exports, problem }: Answer) => {
    const { resolve, reject } = waiting.get(id)!;
    waiting.delete(id);
    if (exports) resolve(exports);
    else reject(problem);
  });
  let ended: unknown;
  thread.on('error', (problem) => {
    ended = problem;
    failAll(problem);
  });
  thread.on('exit', (code) => {
    ended ??= new Error(`the thread that exports figures ended with code ${code}`);
    failAll(ended);
  });
  const end = (): void => void thread.terminate();
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  let count = 0;
  try {
    return await work((svg, title) =>
      ended !== undefined
        ? Promise.reject(ended)
        : new Promise((resolve, reject) => {
            const id = count++;
            waiting.set(id, { resolve, reject });
            thread.postMessage({ id, svg, title } satisfies Order);
          }),
    );
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}
