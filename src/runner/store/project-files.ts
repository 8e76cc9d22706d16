/**
 * Files and folders of the project as artifacts, named by their content as if a stage had made
 * them.
 *
 * Their bytes stay in place. A run uses them as they were when it was planned, so each later reader
 * compares the stamp first.
 */
import { readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fail, ok, type Result } from '../../base/result.ts';
import { isAbsent, isSystemError, unlessAbsent, unlessRefused } from '../../base/system-error.ts';
import { REPLACEMENT } from '../document/source.ts';
import { didYouMean } from '../document/suggest.ts';
import type { Digest } from '../key/digest.ts';
import { type ArtifactFile, describeArtifact } from './artifact.ts';
import { ChangingFile, type FileReader } from './known-bytes.ts';
import { isOwnEntry } from './layout.ts';
import { undecodable } from './output-files.ts';

export interface ProjectArtifact {
  readonly digest: Digest;
  readonly files: readonly ArtifactFile[];
  readonly single: boolean;
  /** The artifact is named by its digest. In the store, later explanations use it. */
  readonly manifest: string;
  /** Path in the artifact -> the path of the bytes, and its stamp. */
  readonly sources: ReadonlyMap<string, { readonly path: string; readonly stamp: string }>;
  /** Empty folders, which a manifest can't contain. */
  readonly emptyFolders: readonly string[];
}

/** Files of tools in a folder, which are not part of the input. */
const SKIPPED: ReadonlySet<string> = new Set(['.git', 'node_modules', '__pycache__', '.DS_Store']);

export class ProjectFiles {
  private readonly root: string;
  private readonly artifacts: string;
  private readonly stats: FileReader;
  private readonly known = new Map<string, Result<ProjectArtifact, string>>();
  /** The real path of the artifacts folder. Before the first run creates it, the given path. */
  private artifactsItself: string | undefined;

  /** Whatever the pipeline writes into the folder `artifacts` is never part of an input. */
  constructor(root: string, artifacts: string, stats: FileReader) {
    this.root = root;
    this.artifacts = artifacts;
    this.stats = stats;
  }

  /**
   * The error is the end of a sentence that begins with the path. A path is read once, so a run
   * sees one state.
   */
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
    // Checked before looking, because after the first run the path would exist.
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
      // Usually a broken link.
      if (inside === '') return fail(`does not exist${similarName(full)}`);
      return fail(`holds "${inside}", which does not exist`);
    }
  }

  /** Whether a run writes there. Outputs of stages are not files of the project. */
  private isOwn(real: string): boolean {
    this.artifactsItself ??=
      unlessAbsent(() => realpathSync.native(this.artifacts)) ??
      join(realpathSync.native(dirname(this.artifacts)), basename(this.artifacts));
    return isOwnEntry(firstStep(relative(this.artifactsItself, real)));
  }

  /** Follows links. Files of the program are skipped wherever they are. */
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
      if (SKIPPED.has(entry.name) || (holdsOwn && isOwnEntry(entry.name))) continue;
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
          return fail(
            `holds the symbolic link "${path}", which points to a folder that contains it`,
          );
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

/** The target of a broken link, because our folders do not exist before the first run. */
function realPathOfLink(link: string): string {
  return (
    unlessAbsent(() => realpathSync.native(link)) ?? resolve(dirname(link), readlinkSync(link))
  );
}

const OWN =
  'is written by the pipeline itself and would differ after each run; use "inputs" to take it from its stage';

/** A file beside it whose name is nearly the same, as a hint. */
function similarName(path: string): string {
  const name = basename(path);
  const others = unlessRefused(() => readdirSync(dirname(path))) ?? [];
  return didYouMean(
    name,
    others.filter((one) => one !== name),
  );
}
