import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import SlowFirst from './test/setup/slow-first.ts';
import { useOwnTemporaryFolder } from './test/setup/temporary-folder.ts';

// Before Vitest makes its own folders.
useOwnTemporaryFolder();

const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name));
const includes = (path: string, text: RegExp): boolean => text.test(readFileSync(path, 'utf8'));

/** They start the built program. */
const program = files.filter(
  (path) =>
    /^test\/(program|robust|docs|bench|web\/page)\/|^test\/cluster\/runs/.test(path) ||
    includes(path, /dist\/main\.js/),
);
/**
 * A replaced module stays replaced for the files after it, a backend keeps its threads, and the memory of a
 * process is that of all files before.
 */
const alone = files.filter(
  (path) =>
    !program.includes(path) &&
    (includes(path, /\bvi\.mock\(/) || /[/-](threads|memory)\.test\.ts$/.test(path)),
);
const shared = files.filter((path) => !program.includes(path) && !alone.includes(path));

export default defineConfig({
  test: {
    pool: 'forks',
    // More than there are cores, because the tests of clusters and remote caches mostly wait.
    maxWorkers: availableParallelism() + 4,
    // Tests wait for what they wait for, on however busy a machine. A test that is stuck ends all the same.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
    sequence: { sequencer: SlowFirst },
    // As in `src/nn/backends/library-environment.ts`, because tests load the library in their own process.
    env: { ORT_DISABLE_TELEMETRY: '1' },
    reporters: ['default', './test/setup/unrun.ts'],
    projects: [
      // To load the sources again for each file would take longer than most tests.
      {
        extends: true,
        test: {
          name: 'program',
          include: program,
          isolate: false,
          globalSetup: 'test/setup/built.ts',
        },
      },
      { extends: true, test: { name: 'alone', include: alone } },
      { extends: true, test: { name: 'shared', include: shared, isolate: false } },
    ],
    // FAST=off runs tests as if src/nn/fast/ were deleted; test/nn/fast/ tests that folder alone.
    setupFiles: process.env.FAST === 'off' ? ['test/nn/without-fast.ts'] : [],
  },
});
