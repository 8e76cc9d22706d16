/**
 * Finds processes that have files open for writing, through `/proc` on Linux. Only processes that
 * this one may inspect are found: those of the same user, in this container and in containers
 * inside it.
 */
import { type BigIntStats, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { hasCode, isAbsent } from '../../base/system-error.ts';

export interface Writer {
  readonly pid: number;
  /** The name of its program. */
  readonly program: string;
}

type FileId = Pick<BigIntStats, 'dev' | 'ino'>;

export function idOf({ dev, ino }: FileId): string {
  return `${dev}:${ino}`;
}

/** Whether this system lists open files. */
export function canListOpenFiles(): boolean {
  return existsSync('/proc/self/fd');
}

export interface OpenForWriting {
  /** By `idOf`. */
  readonly file: string;
  readonly writer: Writer;
}

/** How long to wait for a writer to close its files. A killed process first releases its memory. */
const PATIENCE_MS = 1000;
const PATIENCE_WITH_ENDING_MS = 60_000;
const PAUSE_MS = 20;

/** A process that keeps one of these files open for writing. This process does not count. */
export function findWriter(files: ReadonlySet<string>): OpenForWriting | undefined {
  const started = performance.now();
  for (;;) {
    const found = lookForWriter(files);
    if (!found) return undefined;
    const patience = isEnding(found.writer.pid) ? PATIENCE_WITH_ENDING_MS : PATIENCE_MS;
    if (performance.now() - started >= patience) return found;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}

/** Whether it was killed and runs no more of its code. */
function isEnding(pid: number): boolean {
  const text = unlessHidden(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The name of the program, in brackets, may contain anything.
  const flags = text?.slice(text.lastIndexOf(')') + 2).split(' ')[6];
  if ((Number(flags) & PF_EXITING) !== 0) return true;
  const status = unlessHidden(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? '';
  const pending = /^SigPnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return (BigInt(`0x${pending}`) & SIGKILL_PENDING) !== 0n;
}

const PF_EXITING = 0x4;
const SIGKILL_PENDING = 1n << 8n;

function lookForWriter(files: ReadonlySet<string>): OpenForWriting | undefined {
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const file = unlessHidden(() => writtenBy(pid, files));
    if (file !== undefined) return { file, writer: { pid, program: programOf(pid) } };
  }
  return undefined;
}

function writtenBy(pid: number, files: ReadonlySet<string>): string | undefined {
  for (const handle of readdirSync(`/proc/${pid}/fd`)) {
    const open = unlessHidden(() => statSync(`/proc/${pid}/fd/${handle}`, { bigint: true }));
    if (!open || !files.has(idOf(open))) continue;
    const about = unlessHidden(() => readFileSync(`/proc/${pid}/fdinfo/${handle}`, 'utf8'));
    if (about === undefined) continue;
    // The last octal digit is the access mode. 0 means read-only.
    const flags = /^flags:\s*([0-7]+)$/m.exec(about)?.[1];
    if (flags === undefined || (Number.parseInt(flags, 8) & 3) !== 0) return idOf(open);
  }
  return undefined;
}

function programOf(pid: number): string {
  return unlessHidden(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim()) ?? '';
}

/** The process may have ended meanwhile, or belongs to another user. */
function unlessHidden<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (problem) {
    if (isAbsent(problem) || hasCode(problem, 'EACCES', 'EPERM', 'ESRCH')) return undefined;
    throw problem;
  }
}
