/**
 * The events of a run, in order, a line each, in `runs/<id>/journal.jsonl`.
 *
 * A run that only meets cached stages writes once, at its end; from the first stage that starts each
 * event is written as it comes, so that a killed run leaves its story. Progress is not kept.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from '../../base/system-error.ts';
import type { Event } from './event.ts';

export class Journal {
  private readonly folder: string;
  private pending: string[] = [];
  private live = false;
  private broken = false;
  private file: number | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The first time that it can't be written, why; the run goes on without it. */
  add(event: Event): string | undefined {
    if (event.type === 'stage-progress') return undefined;
    this.pending.push(`${JSON.stringify(event)}\n`);
    if (event.type === 'stage-started') this.live = true;
    return this.live || event.type === 'run-finished' ? this.write() : undefined;
  }

  /** Events as they are to stand there, a line each, of stages that were up to date. */
  addLines(lines: string): void {
    this.pending.push(lines);
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private write(): string | undefined {
    if (this.broken) return undefined;
    try {
      if (this.file === undefined) {
        mkdirSync(this.folder, { recursive: true });
        this.file = openSync(join(this.folder, 'journal.jsonl'), 'a');
      }
      writeSync(this.file, this.pending.join(''));
      this.pending = [];
      return undefined;
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      this.broken = true;
      return problem.message;
    }
  }
}

/** Sorts by time; the random part keeps runs of one second apart. */
export function newRunId(now: Date, random: string): string {
  return `${now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)}-${random}`;
}
