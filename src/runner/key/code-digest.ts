/**
 * The digest of a stage module's code, from its import closure.
 *
 * The module is bundled and minified without its packages, so that comments, layout, types and unused exports
 * have no effect. Packages are included by their locked versions, with all their dependencies. This needs
 * esbuild, which the caller loads only if the code has changed.
 */
import { readFileSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import type { build as Build, Metafile, transform as Transform } from 'esbuild';
import { evidenceOf, type FileEvidence } from './declarations.ts';
import { digestOf } from './digest.ts';
import type { StageCode } from './stage-code.ts';

export interface CodeTools {
  readonly build: typeof Build;
  readonly transform: typeof Transform;
}

export interface DigestOptions {
  /** Packages that are left out, together with their dependencies. */
  readonly without?: readonly string[];
  /** The name of the entry's folder in the lock file. */
  readonly from?: string;
  /** Path -> evidence of files that have not changed, because computing it is the slowest step. */
  readonly known?: Readonly<Record<string, FileEvidence>>;
}

export interface DigestedCode extends StageCode {
  /** All files that the bundler read for it, with paths relative to the root. */
  readonly read: readonly string[];
}

/** `entry` is a path under `root`; `lockText` is the text of npm's lock file (version 2 or 3). */
export async function digestCode(
  entry: string,
  root: string,
  lockText: string,
  tools: CodeTools,
  options: DigestOptions = {},
): Promise<StageCode> {
  const [code] = await digestCodes([entry], root, lockText, tools, options);
  const { digest, packages, files } = code!;
  return { digest, packages, files };
}

/** In the order of the entries. The bundler parses a file once, and writes the same bundle as for each entry alone. */
export async function digestCodes(
  entries: readonly string[],
  root: string,
  lockText: string,
  tools: CodeTools,
  { without = [], from = '', known = {} }: DigestOptions = {},
): Promise<DigestedCode[]> {
  const { metafile, outputFiles } = await tools.build({
    entryPoints: [...entries],
    absWorkingDir: root,
    // Nothing is written.
    outdir: root,
    bundle: true,
    // Identifiers are not minified: esbuild chooses short names by the frequency of letters in all of the
    // source, including types and unused code.
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
  const bundles = Object.entries(metafile.outputs).map(([path, output]) => ({
    entry: resolve(root, output.entryPoint!),
    output,
    bytes: outputFiles.find((file) => file.path === resolve(root, path))!.contents,
  }));
  return Promise.all(
    entries.map(async (path) => {
      const { output, bytes } = bundles.find(({ entry }) => entry === resolve(root, path))!;
      const imported = output.imports.filter((one) => one.external).map((one) => one.path);
      // A file without code in the bundle (types, unused exports) is not part of the closure.
      const used = Object.entries(output.inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([file]) => relative(root, isAbsolute(file) ? file : resolve(root, file)));
      const files: Record<string, FileEvidence> = {};
      for (const file of used.sort()) {
        const source = readFileSync(resolve(root, file), 'utf8');
        imported.push(...resolvedPackages(source));
        const loader = file.endsWith('.ts') ? 'ts' : file.endsWith('.json') ? 'json' : 'js';
        files[file] = known[file] ?? (await evidenceIn(source, loader, tools));
      }
      const counted = imported.filter((specifier) => !without.includes(packageOf(specifier)));
      const packages = lockedVersions(counted, lockText, from);
      return {
        digest: digestOf(bytes),
        packages,
        files,
        read: readFor(output.entryPoint!, metafile),
      };
    }),
  );
}

/** The files that the entry imports, directly or not. */
function readFor(entry: string, { inputs }: Metafile): string[] {
  const found = new Set([entry]);
  for (const path of found) {
    for (const one of inputs[path]?.imports ?? []) if (!one.external) found.add(one.path);
  }
  return [...found];
}

/** Cached by content, because the closures of stages share most of their files. */
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

/** Files of packages that code finds with `resolve('package/file')`, such as a font. The bundler does not see them. */
function resolvedPackages(source: string): string[] {
  return [...source.matchAll(/\bresolve\(\s*'([a-z@][^'\s:]*\/[^'\s]+)'\s*\)/g)].map(
    (match) => match[1]!,
  );
}

interface LockedPackage {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * Name -> version of the imported packages and their dependencies, without Node's built-in modules. Packages
 * of types have no code, but packages of code often depend on them.
 */
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
    if (place === undefined || seen.has(place) || hasOnlyTypes(next.name)) continue;
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

function hasOnlyTypes(name: string): boolean {
  return name.startsWith('@types/') || name === '@webgpu/types';
}

export function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** Finds a package as Node does: in the folder of the importing package, then in its parent folders. */
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
