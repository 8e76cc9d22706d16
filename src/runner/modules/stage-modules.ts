/**
 * A project's own stage types (`uses: ./my-stage.ts`). They are bundled once, digested like the built-in ones,
 * and bundled again only if a file of their closure has changed.
 */

import { mkdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, ok, type Result } from '../../base/result.ts';
import { isSystemError, unlessRefused } from '../../base/system-error.ts';
import type { StageType } from '../graph/stage-type.ts';
import { type CodeTools, digestCode, packageOf } from '../key/code-digest.ts';
import { digestOf } from '../key/digest.ts';
import type { StageCode } from '../key/stage-code.ts';
import { writeDurably } from '../store/durable.ts';
import { stampOf } from '../store/file-stamp.ts';
import type { Layout } from '../store/layout.ts';
import { seal, unseal } from '../store/sealed-json.ts';
import { lockBeside } from './npm-lock.ts';

export interface StageModule {
  readonly type: StageType;
  readonly code: StageCode;
}

export interface ModuleTools {
  /** The pipeline's folder, to which paths are relative. */
  readonly root: string;
  readonly layout: Layout;
  /** The URL of the library that `import ... from 'lowrank-pipeline'` loads in such a module. */
  readonly library: string;
  /** Loaded only if a module is new or has changed. */
  readonly bundler: () => Promise<CodeTools>;
}

/** Left out of the digest: the library only helps to define a stage, and a new version must not invalidate results. */
const LIBRARY = 'lowrank-pipeline';

/** Stored next to the bundle. The bundle is up to date as long as the sources have these stamps. */
interface Kept {
  readonly record: 'module/4';
  readonly library: string;
  readonly stamps: Readonly<Record<string, string>>;
  readonly bundle: string;
  readonly code: StageCode;
}

/** Fails with a sentence that names the place and the problem. */
export async function loadStageModule(
  path: string,
  tools: ModuleTools,
): Promise<Result<StageModule, string>> {
  const file = resolve(tools.root, path);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    return fail(`no file at "${path}"`);
  }
  const about = tools.layout.stageModule(`${digestOf(file).slice(0, 32)}.json`);
  let kept = readKept(about, tools);
  if (!kept) {
    const built = await bundle(file, about, tools);
    if (!built.ok) return built;
    kept = built.value;
  }
  try {
    const loaded = (await import(pathToFileURL(kept.bundle).href)) as { default?: unknown };
    const fault = faultOf(loaded.default);
    if (fault) return fail(`"${path}" ${fault}`);
    return ok({ type: { ...(loaded.default as StageType), module: kept.bundle }, code: kept.code });
  } catch (problem) {
    // The user's own code may throw anything.
    const message = problem instanceof Error ? problem.message : String(problem);
    return fail(`could not load "${path}": ${message}`);
  }
}

/** Undefined if there is none, if the sources have changed, or if it is damaged. */
function readKept(about: string, { library }: ModuleTools): Kept | undefined {
  const found = unseal(unlessRefused(() => readFileSync(about, 'utf8')) ?? '');
  const kept = found?.sealed ? (found.value as Kept) : undefined;
  if (kept?.record !== 'module/4' || kept.library !== library) return undefined;
  if (!Object.entries(kept.stamps).every(([path, stamp]) => stampAt(path) === stamp)) {
    return undefined;
  }
  const text = unlessRefused(() => readFileSync(kept.bundle, 'utf8'));
  if (text === undefined || bundleName(text) !== basename(kept.bundle)) return undefined;
  // Garbage collection deletes old bundles, so a used one must look new.
  unlessRefused(() => utimesSync(kept.bundle, new Date(), new Date()));
  return kept;
}

function bundleName(text: string): string {
  return `${digestOf(text).slice(0, 32)}.mjs`;
}

/** Builds until the sources are stable, so that an edit during a build can't store a bundle under a wrong digest. */
async function bundle(
  file: string,
  about: string,
  tools: ModuleTools,
): Promise<Result<Kept, string>> {
  const { root, layout, library } = tools;
  const bundler = await tools.bundler();
  try {
    let built = await build(file, tools, bundler);
    for (let reading = 1; reading <= MOST_READINGS; reading++) {
      const lock = lockBeside(root, built.packages);
      const others = [...lock.files, join(root, 'tsconfig.json')];
      const stamps = stampsOf([...built.inputs, ...others]);
      const code = await digestCode(file, root, lock.text, bundler, {
        without: [LIBRARY],
        from: lock.from,
      });
      const again = await build(file, tools, bundler);
      const same =
        JSON.stringify(stampsOf([...again.inputs, ...others])) === JSON.stringify(stamps);
      if (same && again.text === built.text) {
        const path = layout.stageModule(bundleName(again.text));
        mkdirSync(dirname(path), { recursive: true });
        writeDurably(path, again.text, layout.temporary);
        const kept: Kept = { record: 'module/4', library, stamps, bundle: path, code };
        writeDurably(about, seal(kept), layout.temporary);
        return ok(kept);
      }
      built = again;
    }
    return fail(`"${relative(root, file)}" changed during each build`);
  } catch (problem) {
    if (isSystemError(problem)) return fail(problem.message);
    if (isBuildProblem(problem)) return fail(describeBuild(problem));
    throw problem;
  }
}

/** Gives up on a file that another process keeps changing. */
const MOST_READINGS = 5;

interface BuiltModule {
  readonly text: string;
  readonly inputs: readonly string[];
  /** Names of the packages that it imports. */
  readonly packages: readonly string[];
}

async function build(
  file: string,
  { root, library }: ModuleTools,
  bundler: CodeTools,
): Promise<BuiltModule> {
  const built = await bundler.build({
    entryPoints: [file],
    absWorkingDir: root,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    write: false,
    metafile: true,
    sourcemap: 'inline',
    logLevel: 'silent',
    plugins: [
      {
        name: 'library',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^lowrank-pipeline$/ }, () => ({ path: library, external: true })),
      },
    ],
  });
  const inputs = Object.keys(built.metafile.inputs).map((path) => resolve(root, path));
  const imports = Object.values(built.metafile.outputs).flatMap((one) => one.imports);
  const packages = imports.filter((one) => one.external).map((one) => packageOf(one.path));
  return { text: built.outputFiles[0]!.text, inputs, packages };
}

function stampsOf(paths: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(paths.map((path) => [path, stampAt(path)]));
}

/** A missing file has a stamp too, because it may be created later. */
function stampAt(path: string): string {
  const status = statSync(path, { bigint: true, throwIfNoEntry: false });
  return status ? stampOf(status) : 'absent';
}

interface BuildProblem extends Error {
  readonly errors: readonly {
    readonly text: string;
    readonly location: {
      readonly file: string;
      readonly line: number;
      readonly column: number;
    } | null;
  }[];
}

function isBuildProblem(problem: unknown): problem is BuildProblem {
  return problem instanceof Error && Array.isArray((problem as Partial<BuildProblem>).errors);
}

function describeBuild({ errors, message }: BuildProblem): string {
  const [first] = errors;
  if (!first) return message;
  const { location, text } = first;
  return location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text;
}

/** The problem with the export, as the end of a sentence that begins with the module's path. */
function faultOf(exported: unknown): string | undefined {
  if (typeof exported !== 'object' || exported === null) {
    return 'has no stage type as its default export; write `export default defineStage({...})`';
  }
  const type = exported as Partial<StageType>;
  if (typeof type.name !== 'string' || type.name === '')
    return 'defines a stage type without a name';
  if (typeof type.load !== 'function') return 'defines a stage type without `load`';
  for (const key of ['parameters', 'inputs', 'outputs'] as const) {
    if (typeof type[key] !== 'object' || type[key] === null)
      return `defines a stage type without \`${key}\``;
  }
  return undefined;
}
