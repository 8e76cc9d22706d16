/**
 * The library: what the commands do, for programs.
 *
 * ```ts
 * import { openProject, plan, run } from 'lowrank-pipeline';
 *
 * const opened = await openProject({ file: 'pipeline.yaml' });
 * if (!opened.ok) throw new Error(describeProblems(opened.error));
 * const planned = await plan(opened.value.project, { targets: ['report'] });
 * if (!planned.ok) throw new Error(describeProblems(planned.error));
 * const finished = await run(opened.value.project, planned.value, {
 *   onEvent: (event) => console.log(event.type),
 * });
 * ```
 *
 * Errors in the user's input are returned as values with their places. An exception is a bug in the program.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Build } from './app/build.ts';
import { makeExecutor } from './app/executor.ts';
import { openProject as open, visibleGpus } from './app/project.ts';
import type { Result } from './base/result.ts';
import {
  type BadInput,
  type Capacities,
  type Event,
  type Executor,
  execute,
  formatDiagnostic,
  type LoadedPipeline,
  loadPipeline as load,
  newRunId,
  type OpenProject,
  type Prepared,
  type Project,
  type ProjectOptions,
  prepare,
  type RunFinished,
  type Selection,
} from './runner/index.ts';

export * as v from 'valibot';
export type { Result } from './base/result.ts';
export {
  type BadInput,
  type Capacities,
  type Decision,
  type Diagnostic,
  defineStage,
  describeFailure,
  describeReason,
  type Event,
  type Executor,
  type Failure,
  type InputArtifact,
  type Invocation,
  type LoadedPipeline,
  type OpenProject,
  type Pipeline,
  type Plan,
  type Prepared,
  type Progress,
  type Project,
  type ProjectOptions,
  type Reason,
  type RunFinished,
  type Selection,
  type Stage,
  type StageContext,
  StageError,
  type StageId,
  type StageNews,
  type StageType,
} from './runner/index.ts';

const dist = dirname(fileURLToPath(import.meta.url));

function build(): Build {
  return JSON.parse(readFileSync(join(dist, 'build.json'), 'utf8')) as Build;
}

/** Finds the pipeline. The backend is chosen when it is planned. */
export function openProject(options: ProjectOptions = {}): Promise<Result<OpenProject, BadInput>> {
  return open(options, build(), dist);
}

/** Loads the stages of a pipeline in topological order. Decides nothing. */
export function loadPipeline(
  project: Project,
  selection: Partial<Pick<Selection, 'configs' | 'settings'>> = {},
): Promise<Result<LoadedPipeline, BadInput>> {
  return load(project, { configs: [], settings: [], ...selection });
}

/**
 * Decides for each stage whether it must run, and why. Runs nothing and writes no results. Fails if the requested backend
 * does not start.
 */
export function plan(
  project: Project,
  selection: Partial<Selection> = {},
): Promise<Result<Prepared, BadInput>> {
  return prepare(project, { configs: [], settings: [], targets: [], forced: [], ...selection });
}

export interface RunOptions {
  /** Called with each event, in order. */
  readonly onEvent?: (event: Event) => void;
  /** After an abort, running stages may write a checkpoint, and no new stage starts. */
  readonly signal?: AbortSignal;
  readonly keepGoing?: boolean;
  /** The resources that stages may use together. Default: the whole machine. */
  readonly capacities?: Partial<Capacities>;
  /** Runs the stages. Default: processes on this machine. */
  readonly executor?: Executor;
}

/** Runs a plan. A failed stage is reported as an event and counted; the promise is not rejected. */
export function run(
  project: Project,
  prepared: Prepared,
  options: RunOptions = {},
): Promise<RunFinished> {
  const { onEvent = () => undefined, keepGoing = false, executor } = options;
  return execute(project, prepared, {
    run: newRunId(project.layout, new Date(), randomBytes(2).toString('hex')),
    capacities: {
      cpu: availableParallelism(),
      network: 4,
      memory: totalmem(),
      gpus: visibleGpus(),
      ...options.capacities,
    },
    keepGoing,
    executor: executor ?? makeExecutor(build(), dist),
    signal: options.signal ?? new AbortController().signal,
    emit: onEvent,
    now: Date.now,
  });
}

/** Formats errors for the user: the message, the place, and how to fix it. */
export function describeProblems({ diagnostics, sources }: BadInput): string {
  return diagnostics.map((one) => formatDiagnostic(one, sources)).join('\n\n');
}
