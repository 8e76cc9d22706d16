/**
 * An artifact is an immutable tree of files. Its manifest lists path, digest and size of each file,
 * and is an object of the store. The digest of the manifest is the name of the artifact.
 */
import type { JsonObject } from '../../base/json.ts';
import { parseJson } from '../../base/json-text.ts';
import { canonical } from '../key/canonical.ts';
import { type Digest, digestOf, isDigest } from '../key/digest.ts';
import type { ObjectStore } from './object-store.ts';
import { isTreePath } from './tree-path.ts';

export interface ArtifactFile {
  /** Relative, with '/' as separator. */
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
  /** Whether the owner may execute it. */
  readonly executable?: boolean;
}

export interface Artifact {
  readonly digest: Digest;
  readonly files: readonly ArtifactFile[];
  /** It was made as a single file, and is a single file where it is an input. */
  readonly single: boolean;
}

/** The name of an artifact with these files, and the manifest that the name is the digest of. */
export function describeArtifact(
  files: readonly ArtifactFile[],
  single: boolean,
): Artifact & { readonly manifest: string } {
  const tree = { record: 'tree/1', files, ...(single && { single }) };
  const manifest = canonical(tree as unknown as JsonObject);
  return { digest: digestOf(manifest), files, single, manifest };
}

/** Undefined if the manifest is missing, damaged, or contains a path that is not allowed. */
export function readArtifact(digest: Digest, store: ObjectStore): Artifact | undefined {
  const text = store.readText(digest);
  const tree = text === undefined ? undefined : parseTree(text);
  return tree && { digest, ...tree };
}

/** Undefined if the text is not a manifest as `describeArtifact` writes it. */
export function parseTree(text: string): Pick<Artifact, 'files' | 'single'> | undefined {
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

/** Whether no path occurs twice, and no path lies inside a path that is a file. */
function isTree(files: readonly ArtifactFile[]): boolean {
  // With its "/", a folder sorts directly before everything inside it.
  const paths = files.map(({ path }) => `${path}/`).sort();
  return paths.every((path, i) => i === 0 || !path.startsWith(paths[i - 1]!));
}

/**
 * Whether all files of these outputs have their bytes. Costs one stat per file that was read
 * before.
 */
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
