/**
 * The engine as a library: a project's documents in, plans and runs out. The commands use this alone.
 *
 * Everything of the outside (files, clock, randomness, facts of the machine) comes in by `Project`.
 */

import { existsSync } from 'node:fs';
import { type Diagnostic, error } from './document/diagnostic.ts';
import type { PipelineDocument } from './document/pipeline-document.ts';
import { type DocumentSources, readDocument } from './document/read-document.ts';
import type { SourceFile } from './document/source.ts';
import type { Knowledge } from './execution/decide.ts';
import type { Emit, RunFinished, RunSelection } from './execution/event.ts';
import type { Executor } from './execution/executor.ts';
import { Journal } from './execution/journal.ts';
import { keysOfNamedRuns } from './execution/named-runs.ts';
import { makePlan, type Plan } from './execution/plan.ts';
import type { Capacities } from './execution/resource-pool.ts';
import { run } from './execution/run.ts';
import { expand } from './graph/expand.ts';
import type { Pipeline, StageId } from './graph/pipeline.ts';
import type { StageTypes } from './graph/stage-type.ts';
import { restrict, selectStages } from './graph/targets.ts';
import { type BadLock, LOCK_NAME, type Lock, readLock } from './history/lock-file.ts';
import { findStandIn, lockGaps } from './history/stand-in.ts';
import { StandInCount } from './history/stand-in-count.ts';
import type { StageKey } from './key/fingerprint.ts';
import type { StageCodes } from './key/stage-code.ts';
import type { StageModule } from './modules/stage-modules.ts';
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
import type { Layout } from './store/layout.ts';
import { collections } from './store/live-run.ts';
import { ObjectStore } from './store/object-store.ts';
import { ParsedDocuments } from './store/parsed-documents.ts';
import { ProjectFiles } from './store/project-files.ts';
import { StatCache } from './store/stat-cache.ts';
import { type Verification, verifyStore, type Watch } from './store/verify.ts';

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
  /** A stage type of the project's own, by its path; fails with a sentence. */
  readonly loadType: (path: string) => Promise<Result<StageModule, string>>;
}

export interface Selection {
  readonly configs: readonly string[];
  readonly settings: readonly string[];
  /** Stages or instances; all where none is named. */
  readonly targets: readonly string[];
  /** Stages to run although they are up to date. */
  readonly forced: readonly string[] | 'all';
  /** Take outputs from pipeline.lock, whatever code and backend there are today. */
  readonly locked?: boolean;
  /** Take outputs that differ in the facts of the machine alone. */
  readonly reuseAcrossBackends?: boolean;
}

export interface BadInput {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceFile[];
}

export interface Prepared {
  readonly plan: Plan;
  readonly forced: ReadonlySet<StageId>;
  readonly knowledge: Knowledge;
  readonly lock?: Lock;
}

/** A pipeline that names no such file has no types of its own, and is read but once. */
const MAY_USE_OWN =
  /\.{1,2}\/[^\n]*\.[cm]?[jt]sx?\b|\buses['"]?\s*:\s*['"]?\.{1,2}\/|\binclude['"]?\s*:/;

/** The project with the stage types of its own that its pipeline uses, each loaded. */
export async function withOwnTypes(
  project: Project,
  selection: Pick<Selection, 'configs' | 'settings'>,
): Promise<Result<Project, BadInput>> {
  if (!MAY_USE_OWN.test(project.readPipeline()?.text ?? '')) return ok(project);
  const document = readProject(project, selection);
  // What is wrong with the document is told by whoever reads it next.
  if (!document.ok) return ok(project);
  const { stages, sources } = document.value;
  const types = new Map(project.types);
  const codes = { ...project.codes };
  const diagnostics: Diagnostic[] = [];
  for (const { uses } of stages.values()) {
    if (!/^\.{1,2}\//.test(uses.value) || types.has(uses.value)) continue;
    const loaded = await project.loadType(uses.value);
    if (loaded.ok) {
      types.set(uses.value, loaded.value.type);
      codes[loaded.value.type.module ?? uses.value] = loaded.value.code;
    } else diagnostics.push(error(loaded.error, uses.span));
  }
  if (diagnostics.length > 0) return fail({ diagnostics, sources });
  return ok({ ...project, types, codes });
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
  // Before anything is looked at: what is found later is at least as new.
  const collected = collections(layout);
  const stats = new StatCache(layout);
  const files = new ProjectFiles(project.root, layout.root, stats);
  const missing = missingFiles(pipeline, files);
  if (missing.length > 0) return fail({ diagnostics: missing, sources: loaded.value.sources });
  stats.save();
  const plain: Knowledge = {
    codes,
    facts,
    actions: new ActionCache(layout),
    store: new ObjectStore(layout),
    latest: new LatestIndex(layout),
    files,
    collections: collected,
  };
  const read = selection.locked ? readLock(layout) : undefined;
  if (read && !read.ok) return read;
  const lock = read?.value;
  const gaps = lock ? lockGaps(pipeline, lock, selection) : [];
  if (gaps.length > 0) return fail(plainly(gaps.map((gap) => `${LOCK_NAME}: ${gap}`)));
  const standIn = findStandIn(lock, selection.reuseAcrossBackends ?? false, plain);
  const knowledge = { ...plain, ...(standIn && { standIn }) };
  const plan = makePlan(pipeline, knowledge, forced);
  return ok({ plan, forced, knowledge, ...(lock && { lock }) });
}

export interface RunRequest {
  readonly run: string;
  readonly name?: string;
  readonly selection?: RunSelection;
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
  { plan, forced, knowledge, lock }: Prepared,
  request: RunRequest,
): Promise<RunFinished> {
  const { name, selection } = request;
  const asked = { ...(name !== undefined && { name }), ...(selection && { selection }) };
  const journal = new Journal(project.layout.run(request.run));
  const count = new StandInCount(lock);
  const emit: Emit = (plain) => {
    const event = plain.type === 'run-started' ? { ...plain, ...asked } : plain;
    for (const told of count.see(event)) tell(told);
  };
  const tell: Emit = (event) => {
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
    return count.finish(await run(plan, { capacities, keepGoing, forced }, context));
  } finally {
    executor.close();
  }
}

export interface LoadedPipeline {
  readonly pipeline: Pipeline;
  /** The texts that it was read from. */
  readonly sources: readonly SourceFile[];
}

/** Reads everything in the store again; see `store/verify.ts`. */
export function verify(project: Project, watch: Omit<Watch, 'stageOf'>): Promise<Verification> {
  const stages = new Map(
    [...new LatestIndex(project.layout).all()].map(({ key, stage }) => [key, stage]),
  );
  return verifyStore(project.layout, { ...watch, stageOf: (key) => stages.get(key) });
}

/** What it protects is not known, so nothing is dropped. */
export interface UnreadableLock extends BadLock {
  readonly kind: 'unreadable-lock';
}

export type GcRequest = Omit<CollectOptions, 'protection'>;

/** Drops results that nothing protects; `prepared` is of the whole pipeline. */
export function gc(
  project: Project,
  { plan }: Prepared,
  options: GcRequest,
): Promise<Result<Collection, Refusal | UnreadableLock>> {
  const { layout } = project;
  const lock = existsSync(layout.pipelineLock) ? readLock(layout) : undefined;
  if (lock && !lock.ok) return Promise.resolve(fail({ kind: 'unreadable-lock', ...lock.error }));
  const protection = new Map<StageKey, Protection>();
  // The strongest reason comes last and is the one that is told.
  for (const { key } of Object.values(lock?.value.stages ?? {})) protection.set(key, 'lock');
  for (const key of keysOfNamedRuns(layout)) protection.set(key, 'named run');
  for (const { key } of new LatestIndex(layout).all()) protection.set(key, 'latest');
  for (const decision of plan.decisions.values()) {
    if (decision.kind !== 'pending') protection.set(decision.key, 'pipeline');
  }
  return collectGarbage(layout, { ...options, protection });
}

export function loadPipeline(
  project: Project,
  selection: Pick<Selection, 'configs' | 'settings'>,
): Result<LoadedPipeline, BadInput> {
  const document = readProject(project, selection);
  if (!document.ok) return document;
  const { sources } = document.value;
  const readParams = (path: string) => project.readConfig(path, 'pipeline');
  const expanded = expand(document.value, project.types, readParams);
  if (expanded.ok) return ok({ pipeline: expanded.value, sources });
  const { diagnostics, sources: further } = expanded.error;
  return fail({ diagnostics, sources: [...sources, ...further] });
}

function readProject(
  project: Project,
  { configs, settings }: Pick<Selection, 'configs' | 'settings'>,
): Result<PipelineDocument, BadInput> {
  const pipeline = project.readPipeline();
  if (!pipeline) {
    return fail(plainly([`no pipeline can be read at ${project.path}; name one by --file`]));
  }
  const { readConfig, environment } = project;
  const parsed = new ParsedDocuments(project.layout);
  return readDocument({ pipeline, readConfig, configs, settings, environment, parsed });
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
