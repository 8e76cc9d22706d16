/**
 * How far the running stages of a run are, for those who look on from another process: written anew at most
 * once a second, gone with the run. It is no part of the run's story, so the journal needs none of it.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '../../base/json-text.ts';
import { readText } from '../../base/read-file.ts';
import { isSystemError, unlessAbsent } from '../../base/system-error.ts';
import type { StageId } from '../graph/pipeline.ts';
import type { Progress } from '../graph/stage-type.ts';
import type { Event } from './event.ts';

export interface RunningStage {
  /** When this attempt began, in milliseconds since the epoch. */
  readonly since: number;
  readonly progress?: Progress;
}

export type RunningStages = Readonly<Record<StageId, RunningStage>>;

/** A run that is over sooner leaves no trace of it. */
const EVERY_MS = 1000;

export class ProgressFile {
  private readonly path: string;
  private readonly now: () => number;
  private readonly running = new Map<StageId, RunningStage>();
  private written: number | undefined;
  private isThere = false;

  /** `folder` is the run's, and there as soon as a stage has started. */
  constructor(folder: string, now: () => number) {
    this.path = progressPath(folder);
    this.now = now;
  }

  see(event: Event): void {
    switch (event.type) {
      case 'stage-started':
        this.running.set(event.stage, { since: this.now() });
        break;
      case 'stage-progress': {
        const known = this.running.get(event.stage);
        if (!known) return;
        this.running.set(event.stage, { ...known, progress: event.progress });
        break;
      }
      case 'stage-finished':
      case 'stage-failed':
      case 'stage-retrying':
        this.running.delete(event.stage);
        break;
      default:
        return;
    }
    this.written ??= this.now();
    if (this.now() - this.written >= EVERY_MS) this.write();
  }

  close(): void {
    if (this.isThere) rmSync(this.path, { force: true });
  }

  private write(): void {
    this.written = this.now();
    const temporary = `${this.path}.new`;
    try {
      writeFileSync(temporary, JSON.stringify(Object.fromEntries(this.running)));
      renameSync(temporary, this.path);
      this.isThere = true;
    } catch (problem) {
      // Who looks on then knows less; what can't be written is told by the journal.
      if (!isSystemError(problem)) throw problem;
    }
  }
}

/** Of a run that goes on; nothing where none is told. */
export function readProgress(folder: string): RunningStages {
  const text = unlessAbsent(() => readText(progressPath(folder)));
  return ((text !== undefined && parseJson(text)) || {}) as RunningStages;
}

function progressPath(folder: string): string {
  return join(folder, 'progress.json');
}
