/**
 * An immutable tree of files: a manifest of (path, digest, size), itself an object of the store, and
 * the artifact's name is the manifest's digest.
 */
import type { JsonObject } from '../../base/json.ts';
import { parseJson } from '../../base/json-text.ts';
import { canonical } from '../key/canonical.ts';
import { type Digest, digestOf, isDigest } from '../key/digest.ts';
import type { ObjectStore } from './object-store.ts';
import { isTreePath } from './tree-path.ts';

export interface ArtifactFile {
  /** Relative, with '/'. */
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
  /** Its owner may execute it. */
  readonly executable?: boolean;
}

export interface Artifact {
  readonly digest: Digest;
  readonly files: readonly ArtifactFile[];
  /** It was made as one file, and is laid as that file where it is an input. */
  readonly single: boolean;
}

/** The name of an artifact of these files, and the text that it is the digest of. */
export function describeArtifact(
  files: readonly ArtifactFile[],
  single: boolean,
): Artifact & { readonly manifest: string } {
  const tree = { record: 'tree/1', files, ...(single && { single }) };
  const manifest = canonical(tree as unknown as JsonObject);
  return { digest: digestOf(manifest), files, single, manifest };
}

/** Undefined where the list of files is missing, damaged, or names what no list may name. */
export function readArtifact(digest: Digest, store: ObjectStore): Artifact | undefined {
  const text = store.readText(digest);
  const tree = text === undefined ? undefined : parseTree(text);
  return tree && { digest, ...tree };
}

/** Undefined for a text that is not a list of files as `describeArtifact` writes it. */
function parseTree(text: string): Pick<Artifact, 'files' | 'single'> | undefined {
  const tree = parseJson(text) as Partial<Tree> | null | undefined;
  if (tree?.record !== 'tree/1' || !Array.isArray(tree.files)) return undefined;
  const { files, single = false } = tree;
  return files.every(isArtifactFile) && isTree(files) ? { files, single } : undefined;
}

function isArtifactFile(file: Partial<ArtifactFile> | null): file is ArtifactFile {
  return (
    isTreePath(file?.path) &&
    isDigest(file.digest) &&
    Number.isSafeInteger(file.size) &&
    file.size! >= 0
  );
}

/** Whether no path is there twice, or lies in another that is a file. */
function isTree(files: readonly ArtifactFile[]): boolean {
  // With its "/" a folder stands right before all that lies in it.
  const paths = files.map(({ path }) => `${path}/`).sort();
  return paths.every((path, i) => i === 0 || !path.startsWith(paths[i - 1]!));
}

/** Port -> its files. */
export type FilesByPort = Readonly<Record<string, readonly ArtifactFile[]>>;

/** Undefined where a list of files is missing or damaged. */
export function filesByPort(
  outputs: Readonly<Record<string, Digest>>,
  store: ObjectStore,
): FilesByPort | undefined {
  const files: [string, readonly ArtifactFile[]][] = [];
  for (const [port, digest] of Object.entries(outputs)) {
    const artifact = readArtifact(digest, store);
    if (!artifact) return undefined;
    files.push([port, artifact.files]);
  }
  // Entries, since a port may have any name, such as `__proto__`.
  return Object.fromEntries(files);
}

/** Whether all that these name has its bytes: a stat a file that was read before. */
export function isWhole(
  { outputs }: { readonly outputs: Readonly<Record<string, Digest>> },
  store: ObjectStore,
): boolean {
  return Object.values(outputs).every((digest) => {
    const artifact = store.isWhole(digest) ? readArtifact(digest, store) : undefined;
    return artifact?.files.every((file) => store.isWhole(file.digest, file.size)) ?? false;
  });
}

interface Tree {
  readonly record: string;
  readonly files: readonly ArtifactFile[];
  readonly single?: boolean;
}
