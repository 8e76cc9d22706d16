/** What the job of a bundle reports, as lines in a file that only grows. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { AppendedLines } from '../../../base/appended-lines.ts';
import { parseJson } from '../../../base/json-text.ts';
import type { Result } from '../../../base/result.ts';
import { isAbsent, isSystemError } from '../../../base/system-error.ts';
import type { AttemptEvent } from '../event.ts';
import type { Failure } from '../failure.ts';
import type { Built } from '../workplace.ts';

export type TaskLine =
  /** A job begins, or begins again after a requeue. */
  | { readonly kind: 'begin'; readonly host: string; readonly job: string }
  /** `at` is the position of the order in its bundle. */
  | { readonly kind: 'event'; readonly at: number; readonly event: AttemptEvent }
  | ({ readonly kind: 'end'; readonly at: number } & OrderEnd)
  /** The job can't work on its bundle at all. */
  | { readonly kind: 'refused'; readonly message: string; readonly advice: string };

export interface OrderEnd {
  /** The failure 'stopped' means that the job was asked to stop. */
  readonly result: Result<Built, Failure>;
  /** The attempt wrote a checkpoint, so the next one does not begin at the start. */
  readonly progressed?: boolean;
}

/** Nodes write at most twice a second, because each write goes over the network. */
export const EVERY_MS = 500;

/** A disk that is full or away does not stop the stage. The writer keeps the lines and tries again. */
export class TaskLogWriter {
  private readonly path: string;
  private pending = '';
  /** The last line in the file may be incomplete. At first, because the job may have been killed before. */
  private isCut = true;
  private refusal: Error | undefined;
  private written = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.path = path;
  }

  add(line: TaskLine): void {
    this.pending += `${JSON.stringify(line)}\n`;
    this.flushSoon();
  }

  /** Tries again for this long if the disk refuses the last lines. Resolves with the error if they are lost. */
  async close(patienceMs: number): Promise<Error | undefined> {
    this.flush();
    for (let waited = 0; this.refusal && waited < patienceMs; waited += EVERY_MS) {
      // The folder was removed, so no run waits for this report.
      if (isAbsent(this.refusal)) break;
      await wait(EVERY_MS);
      this.flush();
    }
    clearTimeout(this.timer);
    return this.refusal;
  }

  private flushSoon(): void {
    const ms = this.written + EVERY_MS - performance.now();
    if (ms <= 0) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), ms);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.pending === '' && !this.refusal) return;
    this.written = performance.now();
    const text = Buffer.from(this.isCut ? `\n${this.pending}` : this.pending);
    let at = 0;
    try {
      // The file is opened each time, so that other machines see what was written.
      const file = openSync(this.path, 'a');
      try {
        // All at once, so that the lines stay whole.
        while (at < text.length) at += writeSync(file, text, at);
      } finally {
        closeSync(file);
      }
      this.pending = '';
      this.isCut = false;
      this.refusal = undefined;
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      this.pending = unwritten(text, at);
      this.isCut = true;
      this.refusal = problem;
      this.flushSoon();
    }
  }
}

/** The lines that are not whole in the file, which has the first `at` bytes of them. */
function unwritten(text: Buffer, at: number): string {
  // A network disk may report only when the file is closed that it lost some of the bytes.
  const kept = at === text.length ? 0 : at;
  const isWhole = text[kept] === NEWLINE;
  const start = isWhole ? kept : text.subarray(0, kept).lastIndexOf(NEWLINE) + 1;
  return text.toString('utf8', start).trimStart();
}

export class TaskLogReader {
  private readonly file: AppendedLines;

  constructor(path: string) {
    this.file = new AppendedLines(path);
  }

  /**
   * The lines since the last call. Damaged lines are left out. If the file can't be read at the moment, or
   * never, the queue says how the job ended.
   */
  read(): readonly TaskLine[] {
    const lines: TaskLine[] = [];
    do {
      for (const line of this.file.read().toString('utf8').split('\n')) {
        const parsed = line === '' ? undefined : (parseJson(line) as TaskLine | undefined);
        if (parsed?.kind !== undefined) lines.push(parsed);
      }
    } while (this.file.behind);
    return lines;
  }
}

/** The positions of the orders that have a result or a failure, which a requeued job does not build again. */
export function endedIn(path: string): ReadonlySet<number> {
  const ended = new Set<number>();
  for (const line of new TaskLogReader(path).read()) {
    if (line.kind === 'end' && !isLeft(line)) ended.add(line.at);
  }
  return ended;
}

/** The job was asked to stop, so the order is still open. */
export function isLeft({ result }: OrderEnd): boolean {
  return !result.ok && result.error.kind === 'stopped';
}

const NEWLINE = 10;
