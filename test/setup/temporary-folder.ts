/**
 * Gives each run of the tests its own temporary folder, and removes it when the run ends. Programs that tests start
 * inherit it.
 */
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function setup(): void {
  // Each project of the configuration calls this.
  if (process.env.TEST_MEMORY) return;
  const disk = make(tmpdir());
  const memory = existsSync('/dev/shm') ? make('/dev/shm') : disk;
  Object.assign(process.env, { TMPDIR: disk, TEST_MEMORY: memory });
  // A signal ends the run with an exit, too.
  process.once('exit', () => {
    for (const folder of new Set([disk, memory])) {
      // A program that a failed test left behind can still be writing.
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });
}

/** Paths of sockets have at most 107 bytes, so the name is short. Daemons and tests of other users enter the folder. */
function make(parent: string): string {
  const folder = mkdtempSync(join(parent, 't-'));
  chmodSync(folder, 0o755);
  return folder;
}
