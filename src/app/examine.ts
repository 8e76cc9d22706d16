/** Tries each backend on this machine: its speed, or why it does not start. */
import { join } from 'node:path';
import type { BackendReport } from '../cli/host.ts';
import { type BackendState, detectBackends } from '../nn/backends/detect.ts';
import type { Build } from './build.ts';
import { artifactsFolder, nativeFolder } from './project.ts';

const TIMEOUT_MS = 120_000;

/** One at a time, so that each has the whole machine. */
export async function* examineBackends(
  build: Build,
  dist: string,
  cores: number,
): AsyncGenerator<BackendReport> {
  const libraryPath = process.env.LD_LIBRARY_PATH ?? process.env.DYLD_LIBRARY_PATH ?? '';
  const probeCache = join(artifactsFolder(), 'backends.json');
  // A backend that did not start before may start now.
  const options = {
    node: process.execPath,
    probeCache,
    libraryPath,
    userFolder: nativeFolder(),
    again: true,
  };
  for (const state of await detectBackends(options)) {
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
