/**
 * What `pipeline` starts: checks that the build is that of the sources beside it, makes it again where
 * it is not, and hands over to the program of the build.
 *
 * The check is a stat a source file; an installed package has no sources, and none is made.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

interface Build {
  readonly version: string;
  readonly program: string;
  readonly worker: string;
  readonly measure: string;
  readonly codes: object;
  /** Source path -> size, time of change and inode when it was built. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
}

const dist = dirname(fileURLToPath(import.meta.url));
const root = dirname(dist);

for (let begun = false, again = true; again; begun = true) {
  const build = await upToDateBuild(begun);
  const { start } = await programOf(build);
  again = await start(build, dist);
}

interface Program {
  start(build: Build, dist: string): Promise<boolean>;
}

function programOf({ program }: Build): Promise<Program> {
  return import(pathToFileURL(join(dist, program)).href) as Promise<Program>;
}

/** A stale build's output would mislead. Who watches the sources waits until they build again. */
async function upToDateBuild(begun: boolean): Promise<Build> {
  for (;;) {
    const build = readBuild();
    if (!isStale(build)) return build;
    const tried = statsOf(build);
    // What the builder prints says where the fault is.
    const script = join(root, 'scripts', 'build.mjs');
    const building = spawn(process.execPath, [script, '--changed'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    // Most edits leave the program as it is: then it is read by the time that its stages are built.
    programOf(build).catch(() => undefined);
    const [status] = await once(building, 'exit');
    if (status === 0) return readBuild();
    process.stderr.write('the sources under src/ do not build; nothing ran\n');
    if (!begun) process.exit(2);
    while (statsOf(build) === tried) await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

function statsOf({ inputs }: Build): string {
  const stats = Object.keys(inputs).map((path) => {
    const status = statSync(join(root, path), { throwIfNoEntry: false });
    return [status?.size, status?.mtimeMs];
  });
  return JSON.stringify(stats);
}

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
