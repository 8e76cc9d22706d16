/**
 * The engine as a library: a project's documents in, plans and runs out. The commands use this alone.
 *
 * Everything of the outside (files, clock, randomness, facts of the machine) comes in by `Project`.
 */

import type { Diagnostic } from './document/diagnostic.ts';
import { type DocumentSources, readDocument } from './document/read-document.ts';
import type { SourceFile } from './document/source.ts';
import type { Knowledge } from './execution/decide.ts';
import type { Emit, RunFinished } from './execution/event.ts';
import type { Executor } from './execution/executor.ts';
import { Journal } from './execution/journal.ts';
import { keysOfNamedRuns } from './execution/named-runs.ts';
import { makePlan, type Plan } from './execution/plan.ts';
import { run } from './execution/run.ts';
import type { Capacities } from './execution/scheduler.ts';
import { expand } from './graph/expand.ts';
import type { Pipeline, StageId } from './graph/pipeline.ts';
import type { StageTypes } from './graph/stage-type.ts';
import { restrict, selectStages } from './graph/targets.ts';
import type { StageKey } from './key/fingerprint.ts';
import type { StageCodes } from './key/stage-code.ts';
import { fail, ok, type Result } from './result.ts';
import { ActionCache } from './store/action-cache.ts';
import {
  type Collection,
  type CollectOptions,
  collectGarbage,
  type Refusal,
} from './store/collect.ts';
import type { Protection } from './store/garbage.ts';
import { LatestIndex } from './store/latest-index.ts';
import { latestKeys } from './store/latest-keys.ts';
import type { Layout } from './store/layout.ts';
import { ObjectStore } from './store/object-store.ts';
import { type Verification, verifyStore, type Watch } from './store/verify.ts';

export interface Project {
  readonly types: StageTypes;
  readonly codes: StageCodes;
  /** Facts of the machine that stage types may declare, such as the numeric backend. */
  readonly facts: Readonly<Record<string, string>>;
  readonly layout: Layout;
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
  const restricted = restrict(loaded.value, selection.targets);
  if (!restricted.ok) return fail(plainly(restricted.error));
  const pipeline = restricted.value;
  const forced = new Set<StageId>();
  const problems: string[] = [];
  for (const text of selection.forced === 'all' ? [] : selection.forced) {
    const selected = selectStages(loaded.value, text);
    if (selected.ok) for (const stage of selected.value) forced.add(stage.id);
    else problems.push(selected.error);
  }
  if (problems.length > 0) return fail(plainly(problems));
  if (selection.forced === 'all') for (const stage of pipeline.stages) forced.add(stage.id);
  const { layout, codes, facts } = project;
  const knowledge: Knowledge = {
    codes,
    facts,
    actions: new ActionCache(layout),
    store: new ObjectStore(layout),
    latest: new LatestIndex(layout),
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

/** Reads everything in the store again; see `store/verify.ts`. */
export function verify(project: Project, watch: Omit<Watch, 'stageOf'>): Promise<Verification> {
  const stages = new Map(latestKeys(project.layout).map(({ key, stage }) => [key, stage]));
  return verifyStore(project.layout, { ...watch, stageOf: (key) => stages.get(key) });
}

export interface GcRequest extends Omit<CollectOptions, 'protection'> {
  /** What a lock file beside the pipeline names. */
  readonly locked: readonly StageKey[];
}

/** Drops results that nothing protects; `prepared` is of the whole pipeline. */
export function gc(
  project: Project,
  { plan }: Prepared,
  { locked, ...options }: GcRequest,
): Promise<Result<Collection, Refusal>> {
  const { layout } = project;
  const protection = new Map<StageKey, Protection>();
  // The strongest reason comes last and is the one that is told.
  for (const key of locked) protection.set(key, 'lock');
  for (const key of keysOfNamedRuns(layout)) protection.set(key, 'named run');
  for (const { key } of latestKeys(layout)) protection.set(key, 'latest');
  for (const decision of plan.decisions.values()) {
    if (decision.kind !== 'pending') protection.set(decision.key, 'pipeline');
  }
  return collectGarbage(layout, { ...options, protection });
}

export function loadPipeline(
  project: Project,
  selection: Pick<Selection, 'configs' | 'settings'>,
): Result<Pipeline, BadInput> {
  const pipeline = project.readPipeline();
  if (!pipeline) {
    return fail(plainly([`no pipeline can be read at ${project.path}; name one by --file`]));
  }
  const { readConfig } = project;
  const { configs, settings } = selection;
  const document = readDocument({ pipeline, readConfig, configs, settings });
  if (!document.ok) return document;
  const expanded = expand(document.value, project.types);
  if (expanded.ok) return expanded;
  return fail({ diagnostics: expanded.error, sources: document.value.sources });
}

function plainly(messages: readonly string[]): BadInput {
  return { diagnostics: messages.map((message) => ({ severity: 'error', message })), sources: [] };
}
