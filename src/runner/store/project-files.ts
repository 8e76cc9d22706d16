/**
 * Files and folders of the project as artifacts: named by their content as if a stage had made them.
 *
 * Their bytes stay where they are. A run takes them as they were when it was planned; whoever reads them
 * later compares the stamp first.
 */
import { isUtf8 } from 'node:buffer';
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { REPLACEMENT } from '../document/source.ts';
import type { Digest } from '../key/digest.ts';
import { fail, ok, type Result } from '../result.ts';
import { type ArtifactFile, describeArtifact } from './artifact.ts';
import type { StatCache } from './stat-cache.ts';

export interface ProjectArtifact {
  readonly digest: Digest;
  readonly files: readonly ArtifactFile[];
  readonly single: boolean;
  /** What the artifact is named by; in the store it is evidence for later explanations. */
  readonly manifest: string;
  /** Path in the artifact -> where the bytes are, and what a stat said of them. */
  readonly sources: ReadonlyMap<string, { readonly path: string; readonly stamp: string }>;
}

/** What a folder holds beside what is meant: traces of tools, and our own artifacts. */
const PASSED_OVER: ReadonlySet<string> = new Set([
  '.git',
  'node_modules',
  '__pycache__',
  '.DS_Store',
]);

export class ProjectFiles {
  private readonly root: string;
  private readonly artifacts: string;
  private readonly stats: StatCache;
  private readonly known = new Map<string, Result<ProjectArtifact, string>>();

  /** `artifacts` is the folder that is never part of an input. */
  constructor(root: string, artifacts: string, stats: StatCache) {
    this.root = root;
    this.artifacts = artifacts;
    this.stats = stats;
  }

  /** Fails with the end of a sentence that begins with the path. Read once: a run sees one state. */
  get(path: string): Result<ProjectArtifact, string> {
    let found = this.known.get(path);
    if (!found) {
      found = this.read(path);
      this.known.set(path, found);
    }
    return found;
  }

  private read(path: string): Result<ProjectArtifact, string> {
    const full = join(this.root, path);
    try {
      const status = statSync(full);
      const single = status.isFile();
      if (!single && !status.isDirectory()) return fail('is neither a file nor a folder');
      const paths = single ? [''] : this.list(full, '', [realpathSync(full)]);
      if (paths.length === 0) return fail('is an empty folder');
      const files: ArtifactFile[] = [];
      const sources = new Map<string, { path: string; stamp: string }>();
      for (const inside of paths.sort()) {
        const from = inside === '' ? full : join(full, inside);
        const name = inside === '' ? basename(path) : inside;
        const { digest, size, executable, stamp } = this.stats.digest(from);
        files.push({ path: name, digest, size, ...(executable && { executable }) });
        sources.set(name, { path: from, stamp });
      }
      return ok({ ...describeArtifact(files, single), sources });
    } catch (problem) {
      if (problem instanceof NotUtf8) return fail(problem.message);
      const { code, message, path: at } = problem as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') return fail(`can't be read: ${message}`);
      const inside = at === undefined ? '' : relative(full, at);
      // Most often a link to nothing.
      return fail(inside === '' ? 'is not there' : `holds "${inside}", which is not there`);
    }
  }

  /** Links are followed, but into no folder that is already open. */
  private list(root: string, inside: string, open: readonly string[]): string[] {
    const found: string[] = [];
    for (const entry of readdirSync(join(root, inside), { withFileTypes: true })) {
      if (PASSED_OVER.has(entry.name)) continue;
      if (entry.name.includes(REPLACEMENT)) refuseOtherBytes(join(root, inside), inside);
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      const full = join(root, path);
      if (relative(this.artifacts, full) === '') continue;
      const status = entry.isSymbolicLink() ? statSync(full) : entry;
      if (status.isFile()) found.push(path);
      else if (status.isDirectory()) {
        const real = entry.isSymbolicLink() ? realpathSync(full) : full;
        if (open.includes(real)) continue;
        for (const one of this.list(root, path, [...open, real])) found.push(one);
      }
    }
    return found;
  }
}

class NotUtf8 extends Error {}

/** Names that are not UTF-8 are read as others, which may be there too. */
function refuseOtherBytes(folder: string, inside: string): void {
  const name = readdirSync(folder, 'buffer').find((one) => !isUtf8(one));
  if (!name) return;
  const shown = [...name].map((byte) =>
    byte > 0x1f && byte < 0x7f
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  );
  const path = `${inside === '' ? '' : `${inside}/`}${shown.join('')}`;
  throw new NotUtf8(`holds a file whose name is not UTF-8: "${path}"; rename it`);
}
