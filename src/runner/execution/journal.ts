/**
 * The events of a run, in order, one line each, in `runs/<id>/journal.jsonl`.
 *
 * A run in which all stages are cached writes once, at its end. From the first stage that starts,
 * each event is written at once, so that a killed run leaves its events. Progress is not stored.
 */
import { closeSync, mkdirSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError, unlessRefused } from '../../base/system-error.ts';
import type { Layout } from '../store/layout.ts';
import type { Event } from './event.ts';

const FILE = 'journal.jsonl';

export function journalOf(layout: Layout, run: string): string {
  return join(layout.run(run), FILE);
}

export class Journal {
  private readonly folder: string;
  private pending = '';
  private live = false;
  private broken = false;
  private file: number | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Returns the error the first time that the journal cannot be written. The run goes on without
   * it.
   */
  add(event: Event): string | undefined {
    if (event.type === 'stage-progress') return undefined;
    this.pending += `${JSON.stringify(event)}\n`;
    if (event.type === 'stage-started') this.live = true;
    return this.live || event.type === 'run-finished' ? this.write() : undefined;
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
        this.file = openSync(join(this.folder, FILE), 'a');
      }
      writeSync(this.file, this.pending);
      this.pending = '';
      return undefined;
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      this.broken = true;
      return problem.message;
    }
  }
}

/**
 * The time and a random part, which distinguishes runs in the same second. The id sorts after all
 * earlier runs: if a clock was ahead, the time continues from there.
 */
export function newRunId(layout: Layout, now: Date, random: string): string {
  const id = `${stampOf(now)}-${random}`;
  const newest = newestId(layout);
  if (newest === undefined || newest < id) return id;
  const [, year, month, day, hour, minute, second] = ID.exec(newest)!.map(Number);
  const next = Date.UTC(year!, month! - 1, day, hour, minute, second! + 1);
  return `${stampOf(new Date(next))}-${random}`;
}

const ID = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/;

function stampOf(time: Date): string {
  return time.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
}

function newestId(layout: Layout): string | undefined {
  let newest: string | undefined;
  for (const name of namesIn(layout.runs)) {
    if (ID.test(name) && (newest === undefined || newest < name)) newest = name;
  }
  return newest;
}

/** If the folder cannot be read, the run reports that when it writes its journal. */
function namesIn(folder: string): readonly string[] {
  return unlessRefused(() => readdirSync(folder)) ?? [];
}
