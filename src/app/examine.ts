/** Tries each backend on this machine: its speed, or why it does not start. */
import { join } from 'node:path';
import type { BackendReport } from '../cli/host.ts';
import { type BackendState, detectBackends } from '../nn/backends/detect.ts';
import type { Build } from './build.ts';
import { layoutHere, probing } from './project.ts';

const TIMEOUT_MS = 120_000;

/** One at a time, so that each has the whole machine. */
export async function* examineBackends(
  build: Build,
  dist: string,
  cores: number,
): AsyncGenerator<BackendReport> {
  // A backend that did not start before may start now.
  for (const state of await detectBackends({ ...probing(layoutHere()), again: true })) {
    yield state.status === 'available' ? await measured(state, build, dist, cores) : state;
  }
}

async function measured(
  { name, byName }: Extract<BackendState, { readonly status: 'available' }>,
  build: Build,
  dist: string,
  cores: number,
): Promise<BackendReport> {
  // The backend "cpu" runs on one thread anyway.
  const threads = name === 'cpu' ? 1 : cores;
  const words = [join(dist, build.measure), name, String(threads)];
  const { execa } = await import('execa');
  const { failed, timedOut, stdout, stderr } = await execa(process.execPath, words, {
    stdin: 'ignore',
    timeout: TIMEOUT_MS,
    reject: false,
  });
  const line = stdout.split('\n').at(-1) ?? '';
  if (!failed && line.startsWith('{')) {
    const about = { name, status: 'available', ...(byName && { byName }) };
    return { ...about, ...JSON.parse(line) } as BackendReport;
  }
  const printed = stderr.split('\n').find((text) => /error/i.test(text));
  return {
    name,
    status: 'does not start',
    reason: timedOut
      ? 'it took more than two minutes'
      : (printed?.trim() ?? 'it ended without a result'),
    advice: `run "node ${words.join(' ')}" to see its full output`,
  };
}
