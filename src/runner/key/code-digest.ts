/**
 * The digest of a stage module's code, from its import closure.
 *
 * The module is bundled and minified with packages left out, so that comments, layout, types and unused
 * exports don't count; packages enter by their locked version, with all that they need. Uses esbuild, which is loaded by whoever calls: never on the way of a run with no edit.
 */
import { readFileSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import type { build as Build, transform as Transform } from 'esbuild';
import { evidenceOf, type FileEvidence } from './declarations.ts';
import { digestOf } from './digest.ts';
import type { StageCode } from './stage-code.ts';

export interface CodeTools {
  readonly build: typeof Build;
  readonly transform: typeof Transform;
}

export interface DigestOptions {
  /** Packages of which, and of what they need, no version is told. */
  readonly without?: readonly string[];
  /** What the lock file calls the folder of the entry. */
  readonly from?: string;
  /** Evidence, by path, of files that have not changed since it was made: making it takes longest. */
  readonly known?: Readonly<Record<string, FileEvidence>>;
}

/**
 * `entry` is a path under `root`; `lockText` is the text of npm's lock file (version 2 or 3).
 */
export async function digestCode(
  entry: string,
  root: string,
  lockText: string,
  tools: CodeTools,
  { without = [], from = '', known = {} }: DigestOptions = {},
): Promise<StageCode> {
  const result = await tools.build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    // Not its identifiers: short names go by the frequency of letters in all of the source, types and
    // unused code included.
    minifySyntax: true,
    minifyWhitespace: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    write: false,
    metafile: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  const output = Object.values(result.metafile.outputs)[0]!;
  const imported = output.imports.filter((one) => one.external).map((one) => one.path);
  // A file whose code is not in the bundle (types, unused exports) is no part of the closure.
  const used = Object.entries(output.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => relative(root, isAbsolute(path) ? path : resolve(root, path)));
  const files: Record<string, FileEvidence> = {};
  for (const path of used.sort()) {
    const source = readFileSync(resolve(root, path), 'utf8');
    imported.push(...resolvedPackages(source));
    const loader = path.endsWith('.ts') ? 'ts' : path.endsWith('.json') ? 'json' : 'js';
    files[path] = known[path] ?? (await evidenceIn(source, loader, tools));
  }
  const counted = imported.filter((specifier) => !without.includes(packageOf(specifier)));
  const packages = lockedVersions(counted, lockText, from);
  return { digest: digestOf(result.outputFiles[0]!.contents), packages, files };
}

/** By what it is made of: the closures of stages have most of their files in common. */
const evidences = new Map<string, Promise<FileEvidence>>();

function evidenceIn(
  source: string,
  loader: 'ts' | 'js' | 'json',
  tools: CodeTools,
): Promise<FileEvidence> {
  const of = `${loader} ${source}`;
  let evidence = evidences.get(of);
  if (!evidence) {
    evidence = makeEvidence(source, loader, tools);
    evidences.set(of, evidence);
  }
  return evidence;
}

async function makeEvidence(
  source: string,
  loader: 'ts' | 'js' | 'json',
  { transform }: CodeTools,
): Promise<FileEvidence> {
  const small = { loader, minifySyntax: true, minifyWhitespace: true } as const;
  const digest = digestOf((await transform(source, small)).code);
  const printed = loader === 'json' ? '' : (await transform(source, { loader })).code;
  return evidenceOf(digest, printed);
}

/** Files of packages that code finds by `resolve('package/file')`, such as a font: no bundler sees them. */
function resolvedPackages(source: string): string[] {
  return [...source.matchAll(/\bresolve\(\s*'([a-z@][^'\s:]*\/[^'\s]+)'\s*\)/g)].map(
    (match) => match[1]!,
  );
}

interface LockedPackage {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Versions of the imported packages and of all that they need, by name. Node's own are left out. */
function lockedVersions(
  imported: readonly string[],
  lockText: string,
  from: string,
): Record<string, string> {
  const { packages } = JSON.parse(lockText) as { packages: Record<string, LockedPackage> };
  const versions = new Map<string, Set<string>>();
  const seen = new Set<string>();
  const open = imported.map((specifier) => ({ name: packageOf(specifier), from }));
  for (let next = open.pop(); next; next = open.pop()) {
    const place = findInstalled(next.name, next.from, packages);
    if (place === undefined || seen.has(place)) continue;
    seen.add(place);
    const { version = '', dependencies = {} } = packages[place]!;
    const known = versions.get(next.name);
    if (known) known.add(version);
    else versions.set(next.name, new Set([version]));
    for (const name of Object.keys(dependencies)) open.push({ name, from: place });
  }
  const sorted = [...versions].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, all]) => [name, [...all].sort().join(' ')]));
}

export function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** As Node looks a package up: in the folder of the one that asks, then in those above it. */
function findInstalled(
  name: string,
  from: string,
  packages: Readonly<Record<string, LockedPackage>>,
): string | undefined {
  for (
    let folder = from;
    ;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))
  ) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (Object.hasOwn(packages, place)) return place;
    if (folder === '') return undefined;
  }
}
