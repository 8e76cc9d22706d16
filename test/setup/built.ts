/** Builds `dist/` once per run of the tests, for those that start the built program. */
import { execFileSync } from 'node:child_process';

export default function build(): void {
  execFileSync(process.execPath, ['scripts/build.mjs', '--changed'], { stdio: 'inherit' });
}
