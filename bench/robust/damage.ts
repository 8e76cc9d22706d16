/** Damages any file of an artifacts folder in any of several ways. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Random } from './random.ts';

export interface Damage {
  readonly kind: string;
  readonly path: string;
  readonly way: Way;
  /** A stat shows no difference. */
  readonly unseen: boolean;
}

const WAYS = ['flip', 'half', 'empty', 'zeros', 'delete', 'folder'] as const;

type Way = (typeof WAYS)[number];

/**
 * Each kind of file is equally likely, however many files it has. Undefined if there are no files.
 */
export function damageAny(artifacts: string, random: Random): Damage | undefined {
  const kinds = new Map<string, string[]>();
  for (const path of filesIn(artifacts)) {
    const kind = kindOf(path, join(artifacts, path));
    kinds.set(kind, [...(kinds.get(kind) ?? []), path]);
  }
  if (kinds.size === 0) return undefined;
  const kind = random.pick([...kinds.keys()].sort());
  const path = random.pick(kinds.get(kind)!.sort());
  const way = random.pick(WAYS);
  const sameSize = way === 'flip' || way === 'zeros';
  const unseen = sameSize && random.below(6) === 0;
  const full = join(artifacts, path);
  if (statSync(full).size === 0 && sameSize) return { kind, path, way, unseen: false };
  if (unseen) keepingTimes(full, () => damage(full, way, random));
  else damage(full, way, random);
  return { kind, path, way, unseen };
}

function damage(path: string, way: Way, random: Random): void {
  const bytes = readFileSync(path);
  if (way === 'delete' || way === 'folder') rmSync(path);
  if (way === 'folder') mkdirSync(path);
  else if (way !== 'delete') write(path, damaged(bytes, way, random));
}

function damaged(bytes: Buffer, way: Way, random: Random): Uint8Array {
  if (way === 'half') return bytes.subarray(0, bytes.length >> 1);
  if (way === 'empty') return Buffer.alloc(0);
  if (way === 'zeros') return Buffer.alloc(bytes.length);
  bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
  return bytes;
}

/**
 * In place, so files that share the bytes are damaged too. Two writes in one tick of the clock have
 * the same time.
 */
function write(path: string, bytes: Uint8Array): void {
  const { mtimeMs } = statSync(path);
  chmodSync(path, 0o644);
  do writeFileSync(path, bytes);
  while (statSync(path).mtimeMs === mtimeMs);
}

function keepingTimes(path: string, act: () => void): void {
  const copy = `${path}.copy`;
  cpSync(path, copy, { preserveTimestamps: true });
  execFileSync('touch', ['-r', path, copy]);
  act();
  execFileSync('touch', ['-r', copy, path]);
  rmSync(copy, { force: true });
}

function kindOf(path: string, full: string): string {
  const [first, second] = path.split('/');
  if (first !== 'store') return path.endsWith('/.outputs') ? 'note of latest' : first!;
  if (second !== 'objects') return `store/${second}`;
  const { size } = lstatSync(full);
  if (size > 4 << 20) return 'large object';
  return readFileSync(full, 'utf8').includes('"record":"tree/1"') ? 'list of files' : 'object';
}

/** Relative paths, without the folders of damaged files. */
function filesIn(artifacts: string): string[] {
  return readdirSync(artifacts, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(artifacts.length + 1))
    .filter((path) => !path.startsWith('store/corrupt/'));
}
