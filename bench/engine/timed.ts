/** One command's wall time and peak memory, with a limit on its time. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from './tools/tool.ts';

export type Timed =
  | { readonly kind: 'done'; readonly seconds: number; readonly megabytes: number | undefined }
  | { readonly kind: 'late'; readonly limit: number }
  | { readonly kind: 'failed'; readonly message: string };

/** GNU time: the peak of the largest process of the command, not the sum of all. */
const TIME = '/usr/bin/time';

export function timed(command: Command, folder: string, limit: number): Promise<Timed> {
  const report = join(folder, '.peak');
  const hasTime = existsSync(TIME);
  const words = hasTime ? [TIME, '-f', '%M', '-o', report, ...command.words] : [...command.words];
  const began = performance.now();
  const child = spawn(words[0]!, words.slice(1), {
    cwd: folder,
    // In its own process group, so that all of it can be ended.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...command.environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output = (output + String(text)).slice(-2000);
    });
  }
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    process.kill(-child.pid!, 'SIGKILL');
  }, 1000 * limit);
  return new Promise((resolve) => {
    child.on('error', (problem) => {
      clearTimeout(timer);
      resolve({ kind: 'failed', message: problem.message });
    });
    let seconds = 0;
    child.on('exit', () => {
      seconds = (performance.now() - began) / 1000;
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (late) resolve({ kind: 'late', limit });
      else if (code !== 0) resolve({ kind: 'failed', message: `exit code ${code}: ${output}` });
      else resolve({ kind: 'done', seconds, megabytes: hasTime ? peakOf(report) : undefined });
    });
  });
}

function peakOf(report: string): number {
  const kilobytes = Number(readFileSync(report, 'utf8').trim().split('\n').at(-1));
  rmSync(report);
  return kilobytes / 1024;
}
