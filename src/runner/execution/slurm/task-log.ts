/** What the job of a bundle reports, as lines in a file that only grows. */
import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parseJson } from '../../../base/json-text.ts';
import type { Result } from '../../../base/result.ts';
import { hasCode, isAbsent } from '../../../base/system-error.ts';
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
  /** The failure 'stopped' means that the job was told to end. */
  readonly result: Result<Built, Failure>;
  /** The attempt wrote a checkpoint, so the next one does not begin at the start. */
  readonly progressed?: boolean;
}

/** Nodes write at most twice a second, because each write goes over the network. */
const EVERY_MS = 500;

export class TaskLogWriter {
  private readonly path: string;
  private pending = '';
  private written = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.path = path;
    // The last line of a killed job may be incomplete.
    this.pending = '\n';
  }

  add(line: TaskLine): void {
    this.pending += `${JSON.stringify(line)}\n`;
    const wait = this.written + EVERY_MS - performance.now();
    if (wait <= 0) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), wait);
  }

  /** The file is opened each time, so that other machines see what was written. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.pending === '') return;
    // All at once, so that the lines stay whole.
    appendFileSync(this.path, this.pending);
    this.pending = '';
    this.written = performance.now();
  }
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

/** The job was told to end, so the order is still open. */
export function isLeft({ result }: OrderEnd): boolean {
  return !result.ok && result.error.kind === 'stopped';
}

const NEWLINE = 10;
const NOTHING = Buffer.alloc(0);
