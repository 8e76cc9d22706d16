/** Follows a page like a reader, in a clone of the repository or in an empty folder next to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { memory } from '../memory.ts';
import { lineMatches } from './session.ts';

export interface Printed {
  readonly code: number | null;
  readonly lines: readonly string[];
}

export class Reader {
  private readonly root = realpathSync(mkdtempSync(join(memory, 'reader-')));
  private readonly clone = join(this.root, 'lowrank-pipeline');
  private cwd = this.clone;
  private folders = 0;
  private child: ChildProcess | undefined;

  constructor() {
    mkdirSync(this.clone);
    for (const path of ['package.json', 'pipeline.yaml', 'configs', 'examples']) {
      const filter = (from: string): boolean => !from.endsWith('/artifacts');
      cpSync(path, join(this.clone, path), { recursive: true, filter });
    }
    for (const path of ['dist', 'node_modules']) symlinkSync(resolve(path), join(this.clone, path));
  }

  /** Continues in a new, empty folder. */
  enterEmptyFolder(): void {
    this.folders += 1;
    this.cwd = join(this.root, `empty-${this.folders}`);
    mkdirSync(this.cwd);
  }

  write(path: string, text: string): void {
    const full = join(this.cwd, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }

  /** Ctrl-C comes after the line before `^C`, and after the last line of a command that serves a page. */
  async run(command: string, shown: readonly string[] = []): Promise<Printed> {
    const key = shown.findIndex((line) => line.trim() === '^C');
    const serves = /^npx pipeline ui\b/.test(command);
    const last = key > 0 ? shown[key - 1] : serves ? shown.at(-1) : undefined;
    const script = `cd ${quoted(this.cwd)}
npx() { if [ "$1" = pipeline ]; then shift; ${quoted(process.execPath)} ${quoted(resolve('dist/main.js'))} "$@"; else command npx "$@"; fi; }
{ ${command}
} 2>&1
code=$?; pwd > ${quoted(this.cwdFile)}; exit $code`;
    const child = spawn('bash', ['-c', script], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      // The same backends and GPUs on every machine: no native backends, and one GPU by name.
      env: {
        ...process.env,
        LOWRANK_BACKENDS: join(this.root, 'backends'),
        CUDA_VISIBLE_DEVICES: '0',
        NO_COLOR: '1',
      },
    });
    this.child = child;
    let text = '';
    let stopped = false;
    child.stdout.on('data', (bytes) => {
      text += String(bytes);
      if (stopped || last === undefined) return;
      const lines = text.split('\n').slice(0, -1);
      // A server must not run forever because a message was changed.
      const enough = serves && lines.length >= shown.length;
      if (!enough && !lines.some((line) => lineMatches(last, line))) return;
      stopped = true;
      process.kill(-child.pid!, 'SIGINT');
    });
    const code = await new Promise<number | null>((done) => child.on('close', done));
    this.child = undefined;
    if (existsSync(this.cwdFile)) this.cwd = readFileSync(this.cwdFile, 'utf8').trim();
    const all = text.trimEnd().split('\n');
    // Until the signal arrives, the stage keeps printing.
    const at = key > 0 ? all.findIndex((line) => lineMatches(shown[key - 1]!, line)) : all.length;
    const lines = all.filter((line, i) => i <= at || !/^ {8}\S/.test(line));
    return { code, lines: serves ? lines.slice(0, shown.length) : lines };
  }

  private get cwdFile(): string {
    return join(this.root, 'cwd');
  }

  remove(): void {
    if (this.child?.pid) process.kill(-this.child.pid, 'SIGKILL');
    rmSync(this.root, { recursive: true, force: true });
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
