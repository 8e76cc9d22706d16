/**
 * Damage that a stat does not show, such as a failing disk causes: same size, same modification
 * time.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

export function damageUnseen(path: string): void {
  const copy = `${path}.copy`;
  execFileSync('cp', ['-p', path, copy]);
  const bytes = readFileSync(path);
  bytes[0]! ^= 1;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
  execFileSync('touch', ['-r', copy, path]);
  rmSync(copy, { force: true });
}
