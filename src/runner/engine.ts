/**
 * The engine as a library: a project's documents in, plans and runs out. The commands use this alone.
 *
 * Everything of the outside (files, clock, randomness, facts of the machine) comes in by `Project`.
 */

import { type Diagnostic, error } from './document/diagnostic.ts';
import { type DocumentSources, readDocument } from './document/read-document.ts';
import type { SourceFile } from './document/source.ts';
import type { Knowledge } from './execution/decide.ts';
import type { Emit, RunFinished } from './execution/event.ts';
import type { Executor } from './execution/executor.ts';
import { Journal } from './execution/journal.ts';
import { makePlan, type Plan } from './execution/plan.ts';
import type { Capacities } from './execution/resource-pool.ts';
import { run } from './execution/run.ts';
import { expand } from './graph/expand.ts';
import type { Pipeline, StageId } from './graph/pipeline.ts';
import type { StageTypes } from './graph/stage-type.ts';
import { restrict, selectStages } from './graph/targets.ts';
import type { StageCodes } from './key/stage-code.ts';
import { fail, ok, type Result } from './result.ts';
import { ActionCache } from './store/action-cache.ts';
import { LatestIndex } from './store/latest-index.ts';
import type { Layout } from './store/layout.ts';
import { ObjectStore } from './store/object-store.ts';
import { ProjectFiles } from './store/project-files.ts';
import { StatCache } from './store/stat-cache.ts';

export interface Project {
  readonly types: StageTypes;
  readonly codes: StageCodes;
  /** Facts of the machine that stage types may declare, such as the numeric backend. */
  readonly facts: Readonly<Record<string, string>>;
  readonly layout: Layout;
  /** The pipeline's folder: where the paths that it names begin. */
  readonly root: string;
  /** What `${env.NAME}` can name. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the pipeline is, or was looked for, as a person would write it. */
  readonly path: string;
  readonly readPipeline: () => SourceFile | undefined;
  readonly readConfig: DocumentSources['readConfig'];
}

export interface Selection {
  readonly configs: readonly string[];
  readonly settings: readonly string[];
  /** Stages or instances; all where none is named. */
  readonly targets: readonly string[];
  /** Stages to run although they are up to date. */
  readonly forced: readonly string[] | 'all';
}

export interface BadInput {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceFile[];
}

export interface Prepared {
  readonly plan: Plan;
  readonly forced: ReadonlySet<StageId>;
  readonly knowledge: Knowledge;
}

/** Reads, expands and plans; runs nothing and writes nothing. */
export function prepare(project: Project, selection: Selection): Result<Prepared, BadInput> {
  const loaded = loadPipeline(project, selection);
  if (!loaded.ok) return loaded;
  const restricted = restrict(loaded.value.pipeline, selection.targets);
  if (!restricted.ok) return fail(plainly(restricted.error));
  const pipeline = restricted.value;
  const forced = new Set<StageId>();
  const problems: string[] = [];
  for (const text of selection.forced === 'all' ? [] : selection.forced) {
    const selected = selectStages(loaded.value.pipeline, text);
    if (selected.ok) for (const stage of selected.value) forced.add(stage.id);
    else problems.push(selected.error);
  }
  if (problems.length > 0) return fail(plainly(problems));
  if (selection.forced === 'all') for (const stage of pipeline.stages) forced.add(stage.id);
  const { layout, codes, facts } = project;
  const stats = new StatCache(layout);
  const files = new ProjectFiles(project.root, layout.root, stats);
  const missing = missingFiles(pipeline, files);
  if (missing.length > 0) return fail({ diagnostics: missing, sources: loaded.value.sources });
  stats.save();
  const knowledge: Knowledge = {
    codes,
    facts,
    actions: new ActionCache(layout),
    store: new ObjectStore(layout),
    latest: new LatestIndex(layout),
    files,
  };
  return ok({ plan: makePlan(pipeline, knowledge, forced), forced, knowledge });
}

export interface RunRequest {
  readonly run: string;
  readonly capacities: Capacities;
  readonly keepGoing: boolean;
  readonly executor: Executor;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export async function execute(
  project: Project,
  { plan, forced, knowledge }: Prepared,
  request: RunRequest,
): Promise<RunFinished> {
  const journal = new Journal(project.layout.run(request.run));
  const emit: Emit = (event) => {
    const problem = journal.add(event);
    if (problem) {
      request.emit({ type: 'warning', message: `this run has no journal: ${problem}` });
    }
    request.emit(event);
  };
  const { capacities, keepGoing, executor, signal, now } = request;
  const context = {
    run: request.run,
    layout: project.layout,
    knowledge,
    executor,
    signal,
    emit,
    now,
  };
  try {
    return await run(plan, { capacities, keepGoing, forced }, context);
  } finally {
    executor.close();
  }
}

export interface LoadedPipeline {
  readonly pipeline: Pipeline;
  /** The texts that it was read from. */
  readonly sources: readonly SourceFile[];
}

export function loadPipeline(
  project: Project,
  selection: Pick<Selection, 'configs' | 'settings'>,
): Result<LoadedPipeline, BadInput> {
  const text = project.readPipeline();
  if (!text) {
    return fail(plainly([`no pipeline can be read at ${project.path}; name one by --file`]));
  }
  const { readConfig, environment } = project;
  const { configs, settings } = selection;
  const document = readDocument({ pipeline: text, readConfig, configs, settings, environment });
  if (!document.ok) return document;
  const { sources } = document.value;
  const expanded = expand(document.value, project.types, (path) => readConfig(path, 'pipeline'));
  if (expanded.ok) return ok({ pipeline: expanded.value, sources });
  const { diagnostics, sources: further } = expanded.error;
  return fail({ diagnostics, sources: [...sources, ...further] });
}

/** Each once, with the place of the first stage that wants it. */
function missingFiles({ stages }: Pipeline, files: ProjectFiles): Diagnostic[] {
  const told = new Map<string, Diagnostic>();
  for (const { path, span } of stages.flatMap((stage) => [...stage.files.values()])) {
    const found = files.get(path);
    if (found.ok || told.has(path)) continue;
    told.set(path, error(`"${path}" ${found.error}`, span));
  }
  return [...told.values()];
}

function plainly(messages: readonly string[]): BadInput {
  return { diagnostics: messages.map((message) => ({ severity: 'error', message })), sources: [] };
}
