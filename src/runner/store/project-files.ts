/**
 * Files and folders of the project as artifacts: named by their content as if a stage had made them.
 *
 * Their bytes stay where they are. A run takes them as they were when it was planned; whoever reads them
 * later compares the stamp first.
 */
import { readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fail, ok, type Result } from '../../base/result.ts';
import { isAbsent, isSystemError, unlessAbsent } from '../../base/system-error.ts';
import { REPLACEMENT } from '../document/source.ts';
import type { Digest } from '../key/digest.ts';
import { type ArtifactFile, describeArtifact } from './artifact.ts';
import { ChangingFile, type FileReader } from './known-bytes.ts';
import { isOwnEntry } from './layout.ts';
import { undecodable } from './output-files.ts';

export interface ProjectArtifact {
  readonly digest: Digest;
  readonly files: readonly ArtifactFile[];
  readonly single: boolean;
  /** What the artifact is named by; in the store it is evidence for later explanations. */
  readonly manifest: string;
  /** Path in the artifact -> where the bytes are, and what a stat said of them. */
  readonly sources: ReadonlyMap<string, { readonly path: string; readonly stamp: string }>;
  /** Folders with nothing in them, which a list of files does not hold. */
  readonly emptyFolders: readonly string[];
}

/** What a folder holds beside what is meant: traces of tools. */
const PASSED_OVER: ReadonlySet<string> = new Set([
  '.git',
  'node_modules',
  '__pycache__',
  '.DS_Store',
]);

export class ProjectFiles {
  private readonly root: string;
  private readonly artifacts: string;
  private readonly stats: FileReader;
  private readonly known = new Map<string, Result<ProjectArtifact, string>>();
  /** Where the artifacts are, without links; as they are named before the first run makes them. */
  private artifactsItself: string | undefined;

  /** Of the folder `artifacts`, what the pipeline itself writes is never part of an input. */
  constructor(root: string, artifacts: string, stats: FileReader) {
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
    // Before a look: after the first run it would be there.
    if (isOwnEntry(firstStep(relative(this.artifacts, full)))) return fail(OWN);
    try {
      const status = statSync(full);
      const single = status.isFile();
      if (!single && !status.isDirectory()) return fail('is neither a file nor a folder');
      const real = realpathSync.native(full);
      if (this.isOwn(real)) return fail(OWN);
      const emptyFolders: string[] = [];
      const listed = single ? ok(['']) : this.list(full, '', [real], emptyFolders);
      if (!listed.ok) return listed;
      const paths = listed.value;
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
      emptyFolders.sort();
      return ok({ ...describeArtifact(files, single), sources, emptyFolders });
    } catch (problem) {
      if (!isAbsent(problem)) {
        const expected = isSystemError(problem) || problem instanceof ChangingFile;
        if (expected) return fail(`can't be read: ${problem.message}`);
        throw problem;
      }
      const inside = problem.path === undefined ? '' : relative(full, problem.path);
      // Most often a link to nothing.
      return fail(inside === '' ? 'is not there' : `holds "${inside}", which is not there`);
    }
  }

  /** Whether a run writes there: what stages make is no file of the project. */
  private isOwn(real: string): boolean {
    this.artifactsItself ??=
      unlessAbsent(() => realpathSync.native(this.artifacts)) ??
      join(realpathSync.native(dirname(this.artifacts)), basename(this.artifacts));
    return isOwnEntry(firstStep(relative(this.artifactsItself, real)));
  }

  /** Links are followed. What is our own is passed over, wherever it is met. */
  private list(
    root: string,
    inside: string,
    open: readonly string[],
    emptyFolders: string[],
  ): Result<string[], string> {
    const folder = join(root, inside);
    const here = open.at(-1)!;
    const holdsOwn = here === this.artifactsItself;
    const found: string[] = [];
    const entries = readdirSync(folder, { withFileTypes: true });
    if (entries.length === 0 && inside !== '') emptyFolders.push(inside);
    for (const entry of entries) {
      if (PASSED_OVER.has(entry.name) || (holdsOwn && isOwnEntry(entry.name))) continue;
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (entry.name.includes(REPLACEMENT)) {
        const fault = undecodable(folder, inside);
        if (fault) return fail(`${fault.message}; rename it`);
      }
      const full = join(root, path);
      const isLink = entry.isSymbolicLink();
      const real = isLink ? realPathOfLink(full) : join(here, entry.name);
      if (isLink && this.isOwn(real)) continue;
      const status = isLink ? statSync(full) : entry;
      if (status.isFile()) found.push(path);
      else if (status.isDirectory()) {
        if (open.includes(real)) {
          return fail(`holds the symbolic link "${path}", which leads back to a folder around it`);
        }
        const deeper = this.list(root, path, [...open, real], emptyFolders);
        if (!deeper.ok) return deeper;
        for (const one of deeper.value) found.push(one);
      }
    }
    return ok(found);
  }
}

function firstStep(path: string): string {
  return path.split('/', 1)[0]!;
}

/** Of one to nothing, where it would lead: nothing of ours is there before the first run. */
function realPathOfLink(link: string): string {
  return (
    unlessAbsent(() => realpathSync.native(link)) ?? resolve(dirname(link), readlinkSync(link))
  );
}

const OWN =
  'is written by the pipeline itself and would differ after each run; use "inputs" to take it from its stage';
