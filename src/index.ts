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
 * What a person did wrong comes back as a value with its place; a throw is a fault of the program.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Build } from './app/build.ts';
import { makeExecutor, openProject as open, visibleGpus } from './app/project.ts';
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

/** Finds the pipeline and sees what this machine has. Fails where a backend that is asked for does not start. */
export function openProject(options: ProjectOptions = {}): Promise<Result<OpenProject, BadInput>> {
  return open(options, build(), dist);
}

/** The stages of a pipeline, each after all that it depends on; decides nothing. */
export function loadPipeline(
  project: Project,
  selection: Partial<Pick<Selection, 'configs' | 'settings'>> = {},
): Promise<Result<LoadedPipeline, BadInput>> {
  return load(project, { configs: [], settings: [], ...selection });
}

/** A decision for each stage, and why; runs nothing, and writes no result. */
export function plan(
  project: Project,
  selection: Partial<Selection> = {},
): Promise<Result<Prepared, BadInput>> {
  return prepare(project, { configs: [], settings: [], targets: [], forced: [], ...selection });
}

export interface RunOptions {
  /** Told in order, each as it happens. */
  readonly onEvent?: (event: Event) => void;
  /** Aborted: what runs may write a checkpoint, nothing new starts. */
  readonly signal?: AbortSignal;
  readonly keepGoing?: boolean;
  /** What stages may take together; all of this machine where it is not said. */
  readonly capacities?: Partial<Capacities>;
  /** Runs the stages; processes of this machine where it is not said. */
  readonly executor?: Executor;
}

/** Carries a plan out. A stage that fails is an event and a count, no rejection. */
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

/** What is wrong, where, and what to do, as text for people. */
export function describeProblems({ diagnostics, sources }: BadInput): string {
  return diagnostics.map((one) => formatDiagnostic(one, sources)).join('\n\n');
}
