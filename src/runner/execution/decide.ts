/**
 * The one place that decides whether a stage runs, and why.
 *
 * A plan and a run call the same function. A run only knows more of the inputs.
 */
import type { Stage, StageId } from '../graph/pipeline.ts';
import type { StageType } from '../graph/stage-type.ts';
import { difference } from '../key/difference.ts';
import { type Digest, digestOf } from '../key/digest.ts';
import { type Fingerprint, keyOf, type StageKey } from '../key/fingerprint.ts';
import type { StageCode, StageCodes } from '../key/stage-code.ts';
import type { ActionCache, ActionRecord } from '../store/action-cache.ts';
import { isWhole } from '../store/artifact.ts';
import type { LatestEntry, LatestIndex } from '../store/latest-index.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { ProjectFiles } from '../store/project-files.ts';
import { producersOf } from './producers.ts';
import { isOneParameter, placeChanges, type Reason } from './reason.ts';

export type Outputs = Readonly<Record<string, Digest>>;

export type Decision =
  | {
      readonly kind: 'hit';
      readonly key: StageKey;
      readonly outputs: Outputs;
      readonly standIn?: Substitute;
    }
  | {
      readonly kind: 'run';
      readonly key: StageKey;
      readonly fingerprint: Fingerprint;
      readonly reasons: readonly Reason[];
    }
  /** Its inputs depend on stages that have not run yet. It may turn out to be a hit. */
  | { readonly kind: 'pending'; readonly on: readonly StageId[] };

/**
 * Why outputs that were made under another key are used: the user asked for it with an option. In decisions and events
 * this field is called `standIn`. Journals and `--json` output have that name, so it does not change.
 */
export type Substitute =
  /** `differs` names the parts of the key that are not those of today. It is empty if the key is the same. */
  | { readonly from: 'lock'; readonly differs: readonly string[] }
  | { readonly from: 'environment'; readonly environment: Readonly<Record<string, string>> };

export type FindSubstitute = (
  stage: Stage,
  fingerprint: Fingerprint,
  /** Whether today's key has complete results of its own. */
  whole: boolean,
) => Extract<Decision, { kind: 'hit' }> | undefined;

/** What decisions are made from, besides the stages. */
export interface PlanContext {
  readonly codes: StageCodes;
  /** Facts of the machine by name, for the stage types that declare them. */
  readonly facts: Readonly<Record<string, string>>;
  readonly actions: ActionCache;
  readonly store: ObjectStore;
  readonly latest: LatestIndex;
  readonly files: ProjectFiles;
  /** Which collections of garbage had been when this was learnt; see `store/live-run.ts`. */
  readonly collections: string;
  /** Looks for outputs to use instead of those of today's key. Undefined if the user did not ask for it. */
  readonly findSubstitute?: FindSubstitute;
}

/** `known` returns the outputs of a dependency, or undefined if it has none yet. */
export function decide(
  stage: Stage,
  known: (id: StageId) => Outputs | undefined,
  planContext: PlanContext,
  forced: boolean,
): Decision {
  const { byPort, missing } = producersOf(stage, known, planContext.files);
  if (missing.size > 0) return { kind: 'pending', on: [...missing] };

  const fingerprint = fingerprintOf(stage, byPort, planContext);
  const key = keyOf(fingerprint);
  const listed = forced || planContext.findSubstitute ? undefined : planContext.latest.ofKey(key);
  if (listed && isListed(listed, planContext)) return { kind: 'hit', key, outputs: listed.outputs };
  const record = planContext.actions.get(key);
  const whole = record !== undefined && isWhole(record, planContext.store);
  const substitute = forced ? undefined : planContext.findSubstitute?.(stage, fingerprint, whole);
  if (substitute) return substitute;
  if (whole && !forced) return { kind: 'hit', key, outputs: record.outputs };
  const explain = (before: ActionRecord) =>
    placeChanges(difference(before.fingerprint, fingerprint), stage, byPort);
  const reasons: Reason[] = forced
    ? [{ kind: 'forced' }]
    : record || planContext.latest.get(stage.id)?.key === key
      ? [{ kind: 'lost' }]
      : [whyNew(stage, planContext, explain)];
  return { kind: 'run', key, fingerprint, reasons };
}

export function fingerprintOf(
  stage: Stage,
  producers: ReadonlyMap<string, readonly { digest: Digest }[]>,
  planContext: PlanContext,
): Fingerprint {
  const code = codeOf(stage.type, planContext.codes);
  if (!code) throw new Error(`no code digest of stage type ${stage.type.name}: build again`);
  const inputs = [...producers].map(([port, taken]) => [
    port,
    taken.map((one) => one.digest).sort(),
  ]);
  return {
    record: 'stage/1',
    type: stage.type.name,
    code,
    parameters: stage.parameters,
    inputs: Object.fromEntries(inputs),
    environment: factsFor(stage.type, planContext.facts),
  };
}

/** The facts that its outputs depend on. */
export function factsFor(
  { environment = [] }: StageType,
  facts: PlanContext['facts'],
): Readonly<Record<string, string>> {
  return Object.fromEntries(environment.map((name) => [name, facts[name] ?? '']));
}

function codeOf({ name, codeName, module }: StageType, codes: StageCodes): StageCode | undefined {
  if (codeName === undefined || module !== undefined) return codes[module ?? name];
  let code = namedCodes.get(codeName);
  if (!code) {
    code = { digest: digestOf(codeName), packages: {}, files: {} };
    namedCodes.set(codeName, code);
  }
  return code;
}

const namedCodes = new Map<string, StageCode>();

/** Whether the index has all that is needed of this key, and the results are still the same. Reads no file. */
function isListed({ key, outputs, files }: LatestEntry, { actions, store }: PlanContext): boolean {
  if (!files || !actions.stillNames(key, outputs)) return false;
  for (const port in outputs) {
    if (!store.isWhole(outputs[port]!)) return false;
    for (const file of files[port] ?? []) if (!store.isWhole(file.digest, file.size)) return false;
  }
  return true;
}

function whyNew(
  stage: Stage,
  planContext: PlanContext,
  explain: (before: ActionRecord) => ReturnType<typeof placeChanges>,
): Reason {
  const latest = planContext.latest.get(stage.id);
  const before = latest && planContext.actions.get(latest.key);
  if (before) return { kind: 'changed', changes: explain(before) };
  const like = mostAlike(stage, planContext.latest.instancesOf(stage.name));
  const known = like && planContext.actions.get(like.key);
  if (!known) return { kind: 'first-run' };
  const changes = explain(known);
  if (!isOneParameter(changes)) return { kind: 'first-run' };
  return { kind: 'new-instance', like: like.stage, changes };
}

/** In a long sweep, the newest instances are enough. */
const MOST_COMPARED = 200;

/** The instance with the most axis values in common. The newest one if several have the same number. */
function mostAlike(stage: Stage, instances: readonly LatestEntry[]): LatestEntry | undefined {
  const own = new Set(axisTexts(stage.id));
  let best: LatestEntry | undefined;
  let most = -1;
  for (const entry of instances.slice(-MOST_COMPARED)) {
    const shared = axisTexts(entry.stage).filter((text) => own.has(text)).length;
    if (shared >= most) {
      best = entry;
      most = shared;
    }
  }
  return best;
}

function axisTexts(id: string): string[] {
  return id.slice(id.indexOf('[') + 1, -1).split(',');
}
