/**
 * What `pipeline` starts: checks that the build is that of the sources beside it, makes it again where
 * it is not, and hands over to the program of the build.
 *
 * The check is a stat a source file; an installed package has no sources, and none is made.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

interface Build {
  readonly version: string;
  readonly program: string;
  readonly worker: string;
  readonly codes: object;
  /** Source path -> size, time of change and inode when it was built. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
}

const dist = dirname(fileURLToPath(import.meta.url));
const root = dirname(dist);

let build = readBuild();
if (isStale(build)) {
  // The stale build's output would mislead; what the builder prints says where the fault is.
  const script = join(root, 'scripts', 'build.mjs');
  const { status } = spawnSync(process.execPath, [script], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) {
    process.stderr.write('the sources under src/ do not build; nothing ran\n');
    process.exit(2);
  }
  build = readBuild();
}
const { start } = (await import(pathToFileURL(join(dist, build.program)).href)) as {
  start: (build: Build, dist: string) => Promise<void>;
};
await start(build, dist);

function readBuild(): Build {
  return JSON.parse(readFileSync(join(dist, 'build.json'), 'utf8')) as Build;
}

function isStale({ inputs }: Build): boolean {
  if (!existsSync(join(root, 'src', 'main.ts'))) return false;
  return Object.entries(inputs).some(([path, [size, time, inode]]) => {
    const status = statSync(join(root, path), { throwIfNoEntry: false });
    return !status || status.size !== size || status.mtimeMs !== time || status.ino !== inode;
  });
}
