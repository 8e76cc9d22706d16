/** What the job of a bundle reports, as lines in a file that only grows. */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { parseJson } from '../../../base/json-text.ts';
import type { Result } from '../../../base/result.ts';
import { hasCode, isAbsent, isSystemError } from '../../../base/system-error.ts';
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
const EVERY_MS = 500;

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
  private readonly path: string;
  private offset = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** The lines since the last call. Damaged lines are left out. */
  read(): readonly TaskLine[] {
    const text = this.newText();
    const end = text.lastIndexOf(NEWLINE) + 1;
    this.offset += end;
    const lines = text.toString('utf8', 0, end).split('\n');
    return lines.flatMap((line) => {
      const parsed = line === '' ? undefined : (parseJson(line) as TaskLine | undefined);
      return parsed?.kind === undefined ? [] : [parsed];
    });
  }

  /** Opened each time: a network disk then asks for the size. */
  private newText(): Buffer {
    let file: number;
    try {
      file = openSync(this.path, 'r');
    } catch (problem) {
      // It can't be read at the moment, or never. Then the queue says how the job ended.
      if (isAbsent(problem) || hasCode(problem, 'EACCES', 'ESTALE', 'EIO')) return NOTHING;
      throw problem;
    }
    try {
      const size = fstatSync(file).size - this.offset;
      if (size <= 0) return NOTHING;
      const bytes = Buffer.alloc(size);
      return bytes.subarray(0, readSync(file, bytes, 0, size, this.offset));
    } catch (problem) {
      if (hasCode(problem, 'ESTALE', 'EIO')) return NOTHING;
      throw problem;
    } finally {
      closeSync(file);
    }
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
const NOTHING = Buffer.alloc(0);
