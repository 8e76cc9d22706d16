/**
 * Stage types of a project's own (`uses: ./my-stage.ts`): bundled once, digested like the built-in ones,
 * and loaded again only when a file of their closure has changed.
 */
import { mkdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StageType } from '../graph/stage-type.ts';
import { type CodeTools, digestCode } from '../key/code-digest.ts';
import { digestOf } from '../key/digest.ts';
import type { StageCode } from '../key/stage-code.ts';
import { fail, ok, type Result } from '../result.ts';
import { writeDurably } from '../store/durable.ts';
import type { Layout } from '../store/layout.ts';
import { stampOf } from '../store/stat-cache.ts';

export interface StageModule {
  readonly type: StageType;
  readonly code: StageCode;
}

export interface ModuleTools {
  /** The pipeline's folder, where the paths begin. */
  readonly root: string;
  readonly layout: Layout;
  /** What `import ... from 'lowrank-pipeline'` means in such a module: the URL of the library. */
  readonly library: string;
  /** Loaded only where a module is new or has changed. */
  readonly bundler: () => Promise<CodeTools>;
}

/** What it gives to a module does nothing by itself: a newer one must not run all of a project again. */
const LIBRARY = 'lowrank-pipeline';

/** Kept beside the bundle: with these stamps it is still that of the sources. */
interface Kept {
  readonly record: 'module/2';
  readonly library: string;
  readonly stamps: Readonly<Record<string, string>>;
  readonly bundle: string;
  readonly code: StageCode;
}

/** Fails with a sentence that says where and what. */
export async function loadStageModule(
  path: string,
  tools: ModuleTools,
): Promise<Result<StageModule, string>> {
  const file = resolve(tools.root, path);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    return fail(`there is no file at "${path}"`);
  }
  const about = tools.layout.stageModule(`${digestOf(file).slice(0, 32)}.json`);
  let kept = readKept(about, tools);
  if (!kept) {
    const built = await bundle(file, tools);
    if (!built.ok) return built;
    kept = built.value;
    writeDurably(about, JSON.stringify(kept), tools.layout.temporary);
  }
  try {
    const loaded = (await import(pathToFileURL(kept.bundle).href)) as { default?: unknown };
    const fault = faultOf(loaded.default);
    if (fault) return fail(`"${path}" ${fault}`);
    return ok({ type: { ...(loaded.default as StageType), module: kept.bundle }, code: kept.code });
  } catch (problem) {
    return fail(`"${path}" can't be loaded: ${(problem as Error).message}`);
  }
}

function readKept(about: string, { library }: ModuleTools): Kept | undefined {
  try {
    const kept = JSON.parse(readFileSync(about, 'utf8')) as Kept;
    if (kept.record !== 'module/2' || kept.library !== library) return undefined;
    const same = Object.entries(kept.stamps).every(
      ([path, stamp]) => stampOf(statSync(path, { bigint: true })) === stamp,
    );
    // Whoever cleans up goes by age.
    utimesSync(kept.bundle, new Date(), new Date());
    return same ? kept : undefined;
  } catch {
    return undefined;
  }
}

async function bundle(file: string, tools: ModuleTools): Promise<Result<Kept, string>> {
  const { root, layout, library } = tools;
  const bundler = await tools.bundler();
  try {
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
            onResolve({ filter: new RegExp(`^${LIBRARY}$`) }, () => ({
              path: library,
              external: true,
            })),
        },
      ],
    });
    const stamps: Record<string, string> = {};
    const lock = lockBeside(root);
    for (const input of [...Object.keys(built.metafile.inputs), ...lock.files]) {
      const path = resolve(root, input);
      stamps[path] = stampOf(statSync(path, { bigint: true }));
    }
    const code = await digestCode(file, root, lock.text, bundler, [LIBRARY]);
    const text = built.outputFiles[0]!.text;
    const path = layout.stageModule(`${digestOf(text).slice(0, 32)}.mjs`);
    mkdirSync(dirname(path), { recursive: true });
    writeDurably(path, text, layout.temporary);
    return ok({ record: 'module/2', library, stamps, bundle: path, code });
  } catch (problem) {
    return fail(describeBuild(problem as BuildProblem));
  }
}

interface BuildProblem extends Error {
  readonly errors?: readonly {
    readonly text: string;
    readonly location: {
      readonly file: string;
      readonly line: number;
      readonly column: number;
    } | null;
  }[];
}

function describeBuild({ errors, message }: BuildProblem): string {
  const [first] = errors ?? [];
  if (!first) return message;
  const { location, text } = first;
  return location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text;
}

/** The versions of the packages that it imports are in the key: npm's lock file tells them. */
function lockBeside(root: string): { text: string; files: readonly string[] } {
  const path = join(root, 'package-lock.json');
  try {
    return { text: readFileSync(path, 'utf8'), files: [path] };
  } catch {
    return { text: '{"packages":{}}', files: [] };
  }
}

/** The end of a sentence that begins with the module's path. */
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
