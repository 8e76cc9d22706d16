/** Each backend tried on this machine: what it is and how fast, or why it does not start. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { BackendReport } from '../cli/host.ts';
import { type BackendState, detectBackends } from '../nn/backends/detect.ts';
import type { Build } from './build.ts';
import { artifactsFolder, nativeFolder } from './project.ts';

const TIMEOUT_MS = 120_000;

/** One after the other, for each is to have the machine for itself. */
export async function* examineBackends(
  build: Build,
  dist: string,
  cores: number,
): AsyncGenerator<BackendReport> {
  const libraryPath = process.env.LD_LIBRARY_PATH ?? process.env.DYLD_LIBRARY_PATH ?? '';
  const probeCache = join(artifactsFolder(), 'backends.json');
  // What did not start before may start now.
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

function measured(
  { name, byName }: Extract<BackendState, { readonly status: 'available' }>,
  build: Build,
  dist: string,
  cores: number,
): Promise<BackendReport> {
  // What runs on one thread anyway is not told that there are more.
  const threads = name === 'cpu' ? 1 : cores;
  const words = [join(dist, build.measure), name, String(threads)];
  return new Promise((resolve) => {
    execFile(process.execPath, words, { timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      const line = stdout.trim().split('\n').at(-1) ?? '';
      if (!error && line.startsWith('{')) {
        const about = { name, status: 'available', ...(byName && { byName }) };
        return resolve({ ...about, ...JSON.parse(line) } as BackendReport);
      }
      const said = stderr
        .split('\n')
        .find((text) => /error/i.test(text))
        ?.trim();
      const reason = error?.killed ? 'it took more than two minutes' : (said ?? 'it ended');
      resolve({
        name,
        status: 'does not start',
        reason,
        advice: `run "node ${words.join(' ')}" to see all that it says`,
      });
    });
  });
}
