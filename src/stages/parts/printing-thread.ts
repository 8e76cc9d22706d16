/**
 * A thread that prints figures while the stage draws the next ones: the two take about as long.
 *
 * Both sides of it: the thread is started with this very file, whose name of a build nobody else knows.
 */
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { type Print, type Prints, printHere } from '../../report/charts/prints.ts';

interface Order {
  readonly id: number;
  readonly svg: string;
  readonly title: string;
}

interface Answer {
  readonly id: number;
  readonly prints?: Prints;
  readonly problem?: unknown;
}

interface Waiting {
  readonly resolve: (prints: Prints) => void;
  readonly reject: (problem: unknown) => void;
}

/** What tells the thread that it is one. */
const ROLE = 'printing-thread';

if (workerData === ROLE) {
  parentPort!.on('message', ({ id, svg, title }: Order) => {
    printHere(svg, title).then(
      (prints) => answer({ id, prints }),
      (problem) => answer({ id, problem }),
    );
  });
}

function answer(message: Answer): void {
  parentPort!.postMessage(message);
}

/**
 * Does `work` with it, and ends it. A thread that dies, or is ended by the signal, fails what waits for it.
 * A stage with one core prints by itself.
 */
export async function withPrintingThread<T>(
  { cores, signal }: { readonly cores: number; readonly signal: AbortSignal },
  work: (print: Print) => Promise<T>,
): Promise<T> {
  if (cores === 1) return work(printHere);
  const waiting = new Map<number, Waiting>();
  const failAll = (problem: unknown): void => {
    for (const { reject } of waiting.values()) reject(problem);
    waiting.clear();
  };
  const thread = new Worker(new URL(import.meta.url), { workerData: ROLE });
  thread.on('message', ({ id, prints, problem }: Answer) => {
    const { resolve, reject } = waiting.get(id)!;
    waiting.delete(id);
    if (prints) resolve(prints);
    else reject(problem);
  });
  let ended: unknown;
  thread.on('error', (problem) => {
    ended = problem;
    failAll(problem);
  });
  thread.on('exit', (code) => {
    ended ??= new Error(`the thread that prints figures ended with code ${code}`);
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
