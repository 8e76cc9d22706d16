/**
 * Gives each run of the tests its own temporary folder, which is removed when the run has ended, in whatever way. Programs
 * that tests start inherit it.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Its input ends when this process does, also if it was killed. Its own processes can still write for a moment. */
const REMOVER = 'cat; rm -rf "$@"; sleep 2; rm -rf "$@"';

export function useOwnTemporaryFolder(): void {
  // The configuration can be loaded again, also by a process of the tests.
  if (process.env.TEST_MEMORY) return;
  const disk = make(tmpdir());
  const memory = existsSync('/dev/shm') ? make('/dev/shm') : disk;
  Object.assign(process.env, { TMPDIR: disk, TEST_MEMORY: memory });
  const words = ['-c', REMOVER, 'remover', disk, memory];
  const remover = spawn('sh', words, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  remover.unref();
  (remover.stdin as Socket).unref();
}

/** Paths of sockets have at most 107 bytes, so the name is short. Daemons and tests of other users enter the folder. */
function make(parent: string): string {
  const folder = mkdtempSync(join(parent, 't-'));
  chmodSync(folder, 0o755);
  return folder;
}
