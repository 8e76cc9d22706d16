/** Connects the engine to this machine: the project's files, the backends and the processes. */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, ok, type Result } from '../base/result.ts';
import { unlessAbsent } from '../base/system-error.ts';
import { type DetectOptions, detectBackends } from '../nn/backends/detect.ts';
import { userFolder } from '../nn/backends/user-folder.ts';
import {
  type BadInput,
  Layout,
  loadStageModule,
  type OpenProject,
  type Project,
  type ProjectOptions,
} from '../runner/index.ts';
import { chooseFacts, type Detect, once } from './backend-choice.ts';
import type { Build } from './build.ts';
import { readSource } from './folders.ts';
import { withMachineFacts } from './machine-facts.ts';
import { originOf } from './origin.ts';
import { remoteSource, withoutSecrets } from './remote-cache.ts';
import { stageCodesOf } from './stage-codes.ts';

/** Does not load the stage types. */
export async function openProject(
  { file, backend = 'auto', cache = 'read' }: ProjectOptions,
  build: Build,
  dist: string,
): Promise<Result<OpenProject, BadInput>> {
  const path = pipelineFile(file);
  const root = path === undefined ? process.cwd() : dirname(path);
  const layout = layoutIn(root);
  const fault = artifactsFault(layout.root);
  if (fault) return fail({ diagnostics: [{ severity: 'error', ...fault }], sources: [] });
  const detect: Detect = (names) => detectBackends({ ...probing(layout), names });
  const pathOf: Project['pathOf'] = (name, from) => {
    if (from === 'the pipeline') return path;
    // A configuration in the pipeline is relative to its folder, one on the command line to the current folder.
    return from === 'pipeline' ? resolve(root, name) : resolve(name);
  };
  const readPipeline: Project['readPipeline'] = () =>
    path === undefined ? undefined : readSource(path);
  const remote = remoteSource({ mode: cache, environment: process.env, root, readPipeline });
  if (!remote.ok) return fail({ diagnostics: [remote.error], sources: [] });
  const project: Project = {
    program: build.program,
    codes: stageCodesOf(build, dist),
    chooseFacts: () => {
      const detectOnce = once(detect);
      return async (known) => {
        const chosen = await chooseFacts(backend, known, detectOnce);
        if (!chosen.ok) return chosen;
        return ok(withMachineFacts(chosen.value, known.names ?? [], nativeFolder()));
      };
    },
    layout,
    root,
    nodeProgram: {
      node: process.execPath,
      entry: join(dist, build.node),
      worker: build.worker,
    },
    environment: withoutSecrets(process.env),
    path: file ?? 'pipeline.yaml in this folder or above it',
    pathOf,
    readPipeline,
    ...(remote.value && { remote: remote.value }),
    readConfig: (config, from) => readSource(pathOf(config, from)!),
    origin: (whole) => originOf(root, build.version, whole),
    stageTypes: async () => (await import('../stages/index.ts')).stageTypes,
    loadType: (type) => {
      const library = pathToFileURL(join(dist, 'index.js')).href;
      return loadStageModule(type, { root, layout, library, bundler: () => import('esbuild') });
    },
  };
  return ok({ project, artifacts: relative(process.cwd(), layout.root) || '.' });
}

function pipelineFile(file: string | undefined): string | undefined {
  return file === undefined ? findAbove('pipeline.yaml') : resolve(file);
}

function layoutIn(root: string): Layout {
  return new Layout(join(root, 'artifacts'));
}

/** The layout of the pipeline here or in a folder above; undefined if there is none. */
export function layoutHere(): Layout | undefined {
  const path = pipelineFile(undefined);
  return path === undefined ? undefined : layoutIn(dirname(path));
}

/** How to find out which backends start. Without a place for the answers, each backend is always started. */
export function probing(answers: Layout | undefined): DetectOptions {
  return {
    node: process.execPath,
    libraryPath: process.env.LD_LIBRARY_PATH ?? process.env.DYLD_LIBRARY_PATH ?? '',
    userFolder: nativeFolder(),
    ...(answers && { probeCache: answers.backends }),
  };
}

/** The reason why results can't be stored in the folder; undefined if it exists or can be created. */
function artifactsFault(
  folder: string,
): { readonly message: string; readonly suggestion: string } | undefined {
  const shown = relative(process.cwd(), folder);
  const itself = lstatSync(folder, { throwIfNoEntry: false });
  const target = itself && unlessAbsent(() => statSync(folder));
  if (!itself || target?.isDirectory()) return undefined;
  if (target) {
    const message = `"${shown}" is a file, but results are stored in a folder of that name`;
    return { message, suggestion: 'move it away' };
  }
  return {
    message: `"${shown}" is a link to ${readlinkSync(folder)}, which does not exist`,
    suggestion: 'mount its disk, or remove the link',
  };
}

/** The folder in which `pipeline backend install` puts native libraries. */
export function nativeFolder(): string {
  return userFolder(process.env, homedir());
}

function findAbove(name: string): string | undefined {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, name))) return join(folder, name);
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * The GPUs that stages may use, by their names in CUDA_VISIBLE_DEVICES: those that are visible to this process, else
 * all that the driver reports.
 */
export function visibleGpus(): readonly string[] {
  const given =
    process.env.CUDA_VISIBLE_DEVICES ??
    process.env.ROCR_VISIBLE_DEVICES ??
    process.env.HIP_VISIBLE_DEVICES;
  if (given !== undefined) {
    const names = given.split(',').map((name) => name.trim());
    // Like the driver: GPUs after an invalid name are not visible either.
    const end = names.findIndex((name) => name === '' || name === '-1' || name === 'NoDevFiles');
    return end < 0 ? names : names.slice(0, end);
  }
  const counted = countEntries('/proc/driver/nvidia/gpus') || countByDriver();
  return Array.from({ length: counted }, (_, i) => String(i));
}

function countEntries(folder: string): number {
  return unlessAbsent(() => readdirSync(folder).length) ?? 0;
}

function countByDriver(): number {
  const { status, stdout } = spawnSync('nvidia-smi', ['-L'], { encoding: 'utf8', timeout: 10_000 });
  return status === 0 ? stdout.split('\n').filter((line) => line.startsWith('GPU ')).length : 0;
}
