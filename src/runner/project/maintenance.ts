/**
 * Maintenance of the store: verify it, collect garbage, and check that results are reproducible.
 */

import { fail, ok, type Result } from '../../base/result.ts';
import { unlessRefused } from '../../base/system-error.ts';
import { keysOfNamedRuns, keysOfRunsWithOrders } from '../execution/named-runs.ts';
import type { Plan } from '../execution/plan.ts';
import {
  checkReproducibility,
  type ReproducibilityCheck,
  type ReproducibilityContext,
} from '../execution/reproducibility-check.ts';
import { selectStages } from '../graph/targets.ts';
import { type BadLock, readLock } from '../history/lock-file.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { FileDigests } from '../state/file-digests.ts';
import { LastResults } from '../state/last-results.ts';
import { recordName } from '../store/action-cache.ts';
import {
  type Collection,
  type CollectOptions,
  collectGarbage,
  type Refusal,
} from '../store/collect.ts';
import { editionsIn } from '../store/editions.ts';
import type { Protection } from '../store/garbage.ts';
import { statusOf } from '../store/inventory.ts';
import type { Layout } from '../store/layout.ts';
import { type Verification, verifyStore, type Watch } from '../store/verify.ts';
import type { Prepared } from './prepared.ts';
import type { Project } from './project.ts';

/** Reads everything in the store again; see `store/verify.ts`. */
export async function verify(
  { layout }: Project,
  watch: Omit<Watch, 'stageOf' | 'onUnknown'>,
): Promise<Verification> {
  const editions = unlessRefused(() => editionsIn(layout)) ?? [layout];
  const newest = editions.flatMap((edition) => [...new LastResults(edition).all()]);
  const stages = new Map(newest.map(({ key, stage }) => [key, stage]));
  const unknown = new Map<Layout, Set<string>>();
  const verification = await verifyStore(layout, {
    ...watch,
    stageOf: (key) => stages.get(key),
    onUnknown: (stage, edition) => {
      unknown.set(edition, (unknown.get(edition) ?? new Set()).add(stage));
    },
  });
  // Read again, because a run may have recorded newer results meanwhile.
  for (const [edition, some] of unknown) {
    unlessRefused(() => new LastResults(edition).forgetShown(some));
  }
  return verification;
}

export interface ReproducibilityRequest
  extends Omit<ReproducibilityContext, 'layout' | 'planContext'> {
  /** Stages or instances. If empty, all that are up to date. */
  readonly targets: readonly string[];
}

/** Runs stages again and compares the outputs. `prepared` is the whole pipeline. */
export async function verifyReproducibility(
  project: Project,
  { plan, planContext }: Prepared,
  { targets, ...request }: ReproducibilityRequest,
): Promise<Result<readonly ReproducibilityCheck[], readonly string[]>> {
  const selected = targets.map((target) => selectStages(plan.pipeline, target));
  const problems = selected.flatMap((one) => (one.ok ? [] : [one.error]));
  if (problems.length > 0) return fail(problems);
  const named = new Set(selected.flatMap((one) => (one.ok ? one.value : [])));
  const all = plan.pipeline.stages.filter((one) => plan.decisions.get(one.id)!.kind === 'hit');
  try {
    const context = { ...request, layout: project.layout, planContext };
    return ok(await checkReproducibility(plan, targets.length > 0 ? [...named] : all, context));
  } finally {
    request.executor.close();
  }
}

/** It is not known what the file protects, so nothing is dropped. */
export interface UnreadableLock extends BadLock {
  readonly kind: 'unreadable-lock';
}

export type GcRequest = CollectOptions;

/** Drops unprotected results. `prepared` is the whole pipeline. */
export async function gc(
  { layout }: Project,
  { plan }: Prepared,
  options: GcRequest,
): Promise<Result<Collection, Refusal | UnreadableLock>> {
  const collected = await collectGarbage(layout, () => protectedBy(plan, layout), options);
  if (collected.ok && !options.dryRun) {
    const { unreferenced, dropped } = collected.value;
    new FileDigests(layout).drop([...unreferenced, ...dropped.map(({ key }) => recordName(key))]);
  }
  return collected;
}

/** Throws if something that may name results can't be read. */
function protectedBy(
  plan: Plan,
  layout: Layout,
): Result<ReadonlyMap<StageKey, Protection>, UnreadableLock> {
  const lock = statusOf(layout.pipelineLock) ? readLock(layout) : undefined;
  if (lock && !lock.ok) return fail({ kind: 'unreadable-lock', ...lock.error });
  const editions = editionsIn(layout).map((edition) => new LastResults(edition));
  for (const { problem } of editions) if (problem) throw problem;
  const protection = new Map<StageKey, Protection>();
  // The strongest reason is set last, so it is the one that is shown.
  for (const { key } of Object.values(lock?.value.stages ?? {})) protection.set(key, 'lock');
  for (const key of keysOfRunsWithOrders(layout)) protection.set(key, 'orders');
  for (const key of keysOfNamedRuns(layout)) protection.set(key, 'named run');
  for (const latest of editions) {
    for (const { key } of latest.all()) protection.set(key, 'latest');
  }
  for (const decision of plan.decisions.values()) {
    if (decision.kind !== 'pending') protection.set(decision.key, 'pipeline');
  }
  return ok(protection);
}
