/**
 * A command with endless output: how fast it is read, how much memory that needs, and how soon its
 * end is read.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runCommand } from './program-run.ts';

export interface FloodOptions {
  /** `dist/main.js`. */
  readonly program: string;
  /** A folder that does not exist yet. */
  readonly root: string;
  readonly bytes: number;
}

export interface FloodReport {
  readonly bytes: number;
  readonly seconds: number;
  readonly bytesPerSecond: number;
  /** The peak memory (VmHWM) of each process of the program, in bytes. */
  readonly peaks: Readonly<Record<string, number>>;
  readonly peak: number;
  /** The sizes of the journal and of the output to the terminal. */
  readonly journalBytes: number;
  readonly shownBytes: number;
  readonly tailSeconds: number;
  readonly faults: readonly string[];
}

/**
 * For all processes of the program together. On an idle machine they need 250 MB. On a busy one, V8
 * frees the buffers of pipes later, so the limit is far above that, and still below the size of a
 * flood.
 */
const MOST_MEMORY = 800e6;

/** What the journal and the terminal may get at once, and per second. */
const [AT_ONCE, PER_SECOND] = [8e6, 1e6];

const LINE = 'a line that a program prints over and over';

export async function flood({ program, root, bytes }: FloodOptions): Promise<FloodReport> {
  mkdirSync(root, { recursive: true });
  const run = `yes '${LINE}' | head -c ${bytes}; echo; echo the end; touch o`;
  const text = `stages:\n  loud:\n    run: ${JSON.stringify(run)}\n    outputs: [o]\n`;
  writeFileSync(join(root, 'pipeline.yaml'), text);
  const began = performance.now();
  const child = spawn(process.execPath, [program, 'run'], { cwd: root });
  let shownBytes = 0;
  let errors = '';
  child.stdout.on('data', (piece: Buffer) => {
    shownBytes += piece.length;
  });
  child.stderr.on('data', (piece) => {
    errors += String(piece);
  });
  const ended = once(child, 'close');
  const peaks: Record<string, number> = {};
  for (let over = false; !over; ) {
    notePeaks(child.pid!, peaks);
    over = await Promise.race([ended.then(() => true), wait(50, false)]);
  }
  const [code] = (await ended) as [number | null];
  const seconds = (performance.now() - began) / 1000;
  const [name] = readdirSync(join(root, 'artifacts', 'runs'));
  const folder = join(root, 'artifacts', 'runs', name!);
  const journalBytes = statSync(join(folder, 'journal.jsonl')).size;
  const logBytes = statSync(join(folder, 'logs', '1.log')).size;
  const before = performance.now();
  const tail = runCommand(program, root, ['log', 'loud', '--tail', '1']);
  const tailSeconds = (performance.now() - before) / 1000;
  const peak = Object.values(peaks).reduce((sum, one) => sum + one, 0);
  const most = AT_ONCE + PER_SECOND * seconds;
  const faults = [
    ...(code === 0 ? [] : [`the run ended with ${code}: ${errors}`]),
    ...(peak <= MOST_MEMORY ? [] : [`it took ${peak} bytes of memory`]),
    ...(logBytes === bytes + '\nthe end\n'.length ? [] : [`the log has ${logBytes} bytes`]),
    ...(tail.text.includes('\n  the end\n') ? [] : [`the end of the log is ${tail.text}`]),
    ...(journalBytes <= most ? [] : [`the journal has ${journalBytes} bytes`]),
    ...(shownBytes <= most ? [] : [`the terminal got ${shownBytes} bytes`]),
  ];
  const bytesPerSecond = Math.round(bytes / seconds);
  return {
    bytes,
    seconds,
    bytesPerSecond,
    peaks,
    peak,
    journalBytes,
    shownBytes,
    tailSeconds,
    faults,
  };
}

/** The process and its Node descendants. Nothing if the system does not show them. */
function notePeaks(pid: number, peaks: Record<string, number>): void {
  const status = read(`/proc/${pid}/status`);
  const peak = /^VmHWM:\s*(\d+) kB/m.exec(status)?.[1];
  if (/^Name:\s*(?:node|MainThread)/m.test(status) && peak) peaks[pid] = Number(peak) * 1024;
  for (const child of read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean)) {
    notePeaks(Number(child), peaks);
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (problem) {
    // The process is gone, or this system has no such files.
    if (['ENOENT', 'ESRCH'].includes((problem as NodeJS.ErrnoException).code ?? '')) return '';
    throw problem;
  }
}
