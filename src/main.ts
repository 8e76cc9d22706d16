/**
 * The launcher of `pipeline`. It checks that the build is up to date with the sources next to it, rebuilds it if
 * necessary, and starts the program of the build.
 *
 * It stats each source file, and reads the content if the stat differs. So copies, `touch` and checkouts cause no
 * rebuild. A user who can't write to the build folder gets a private one. An installed package has no sources and is
 * never rebuilt.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  type Stats,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Build, Input } from './app/build.ts';
import { hasCode, isSystemError, unlessAbsent } from './base/system-error.ts';

const ownDist = dirname(fileURLToPath(import.meta.url));
const root = dirname(ownDist);
const hasSources = existsSync(join(root, 'src', 'main.ts'));

for (let begun = false, again = true; again; begun = true) {
  const { build, dist } = await upToDateBuild(begun);
  const { start } = await programOf(build, dist);
  again = await start(build, dist);
}

interface Program {
  start(build: Build, dist: string): Promise<boolean>;
}

interface Found {
  readonly build: Build;
  readonly dist: string;
}

function programOf({ program }: Build, dist: string): Promise<Program> {
  return import(pathToFileURL(join(dist, program)).href) as Promise<Program>;
}

/** A stale build is never started. `--watch` waits until the sources build again. */
async function upToDateBuild(begun: boolean): Promise<Found> {
  for (;;) {
    const own = readBuild(ownDist)!;
    if (!(await isStale(own, ownDist))) return { build: own, dist: ownDist };
    const dist = mayWrite(ownDist) ? ownDist : await privateDist();
    const known = readBuild(dist);
    if (dist !== ownDist && known && !(await isStale(known, dist))) return { build: known, dist };
    const tried = statsOf(own);
    // The builder prints the errors.
    const script = join(root, 'scripts', 'build.mjs');
    const building = spawn(process.execPath, [script, '--changed', '--into', dist], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    // Most edits do not change the program, so it is loaded while the rest is built.
    if (known) programOf(known, dist).catch(() => undefined);
    const [status] = await once(building, 'exit');
    if (status === 0) return { build: readBuild(dist)!, dist };
    process.stderr.write('the sources under src/ do not build; nothing ran\n');
    if (!begun) process.exit(2);
    while (statsOf(own) === tried) await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** For a thousand sources, `join` would take longer than the system. */
function statusOf(path: string): Stats | undefined {
  return statSync(`${root}/${path}`, { throwIfNoEntry: false });
}

function statsOf({ inputs }: Build): string {
  const stats = Object.keys(inputs).map((path) => {
    const status = statusOf(path);
    return [status?.size, status?.mtimeMs];
  });
  return JSON.stringify(stats);
}

function readBuild(dist: string): Build | undefined {
  const text = unlessAbsent(() => readFileSync(join(dist, 'build.json'), 'utf8'));
  return text === undefined ? undefined : (JSON.parse(text) as Build);
}

async function isStale(build: Build, dist: string): Promise<boolean> {
  if (!hasSources) return false;
  const touched: Record<string, Input> = {};
  for (const [path, [size, time, inode, digest]] of Object.entries(build.inputs)) {
    const status = statusOf(path);
    if (!status || status.size !== size) return true;
    if (status.mtimeMs === time && status.ino === inode) continue;
    const { createHash } = await import('node:crypto');
    const bytes = readFileSync(join(root, path));
    if (createHash('sha256').update(bytes).digest('hex') !== digest) return true;
    touched[path] = [size, status.mtimeMs, status.ino, digest];
  }
  if (Object.keys(touched).length > 0) {
    keep({ ...build, inputs: { ...build.inputs, ...touched } }, dist);
  }
  return false;
}

/** After this, the next start needs only the stats. Without write access, each start reads the content. */
function keep(build: Build, dist: string): void {
  const temporary = join(dist, `build.json.${process.pid}`);
  try {
    writeFileSync(temporary, JSON.stringify(build));
    renameSync(temporary, join(dist, 'build.json'));
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
  }
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch (problem) {
    if (hasCode(problem, 'EACCES', 'EPERM', 'EROFS')) return false;
    throw problem;
  }
}

/** This user's folder for builds of these sources. Links make packages and sources available there. */
async function privateDist(): Promise<string> {
  const { createHash } = await import('node:crypto');
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(caches, 'lowrank-pipeline', 'builds', name);
  try {
    mkdirSync(join(folder, 'dist'), { recursive: true, mode: 0o700 });
    for (const one of ['node_modules', 'package.json', 'python', 'src'])
      link(join(root, one), join(folder, one));
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    process.stderr.write(
      `error: the sources in ${root} are newer than the build. You can't write to the build folder,\n` +
        `and a private build failed: ${problem.message}\n` +
        '  help: set XDG_CACHE_HOME to a folder that you can write to\n',
    );
    process.exit(2);
  }
  return join(folder, 'dist');
}

function link(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (problem) {
    if (!hasCode(problem, 'EEXIST')) throw problem;
  }
}
