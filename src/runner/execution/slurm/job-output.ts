/** What a job printed before the program started: errors of the shell, of modules and of Slurm. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unlessRefused } from '../../../base/system-error.ts';
import type { Job } from './queue.ts';

const MOST_LINES = 5;

/** The last lines as the end of a sentence: `: ` and the lines. Empty if it printed nothing. */
export function lastPrinted(folder: string, jobs: readonly Job[]): string {
  const id = jobs.at(-1)?.id;
  if (id === undefined) return '';
  const text = unlessRefused(() => readFileSync(join(folder, `${id}.log`), 'utf8')) ?? '';
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.length === 0 ? '' : `: ${lines.slice(-MOST_LINES).join('; ')}`;
}
