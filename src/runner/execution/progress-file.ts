/**
 * The progress of the running stages, for other processes that watch the run. The file is rewritten at most once per
 * second and deleted at the end of the run. The journal has no progress.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '../../base/json-text.ts';
import { readText } from '../../base/read-file.ts';
import { unlessAbsent, unlessRefused } from '../../base/system-error.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { StageId } from '../graph/pipeline.ts';
import type { Progress } from '../graph/stage-type.ts';
import type { Event } from './event.ts';

export interface RunningStage {
  /** When this attempt began, in milliseconds since the epoch. */
  readonly since: number;
  readonly progress?: Progress;
}

export type RunningStages = Readonly<Record<StageId, RunningStage>>;

/** A shorter run never writes the file. */
const EVERY_MS = 1000;

export class ProgressFile {
  private readonly path: string;
  private readonly now: () => number;
  private readonly running = new Map<StageId, RunningStage>();
  private written: number | undefined;
  private isThere = false;

  /** `folder` is the run's. It exists as soon as a stage has started. */
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
      case 'run-started':
      case 'run-finished':
      case 'stage-cached':
      case 'stage-waiting':
      case 'stage-log':
      case 'stage-skipped':
      case 'warning':
        return;
      default:
        unreachable(event);
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
    // If it fails, watchers see less progress. The journal reports a folder that cannot be written.
    unlessRefused(() => {
      writeFileSync(temporary, JSON.stringify(Object.fromEntries(this.running)));
      renameSync(temporary, this.path);
      this.isThere = true;
    });
  }
}

/** The progress of a live run. Empty if there is none yet. */
export function readProgress(folder: string): RunningStages {
  const text = unlessAbsent(() => readText(progressPath(folder)));
  return ((text !== undefined && parseJson(text)) || {}) as RunningStages;
}

function progressPath(folder: string): string {
  return join(folder, 'progress.json');
}
