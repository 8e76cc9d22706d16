/**
 * The only place that decides whether a stage runs, and why.
 *
 * A plan and a run call the same function. A run only knows more of the inputs.
 */
import type { Cache, CachedResult } from '../cache/cache.ts';
import type { Stage, StageId } from '../graph/pipeline.ts';
import type { PlannedType } from '../graph/stage-type.ts';
import { difference } from '../key/difference.ts';
import { type Digest, digestOf } from '../key/digest.ts';
import { type Fingerprint, keyOf, type StageKey } from '../key/fingerprint.ts';
import type { StageCode, StageCodes } from '../key/stage-code.ts';
import type { LastResult, LastResults } from '../state/last-results.ts';
import type { ActionCache, ActionRecord } from '../store/action-cache.ts';
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
      /** When this was decided, the files were in a remote cache only. */
      readonly remote?: true;
    }
  | {
      readonly kind: 'run';
      readonly key: StageKey;
      readonly fingerprint: Fingerprint;
      readonly reasons: readonly Reason[];
    }
  /** Its inputs depend on stages that have not run yet. It may turn out to be a hit. */
  | { readonly kind: 'pending'; readonly on: readonly StageId[] };

export type Hit = Extract<Decision, { kind: 'hit' }>;

/**
 * Why outputs that were made under another key are used: the user asked for it with an option. In decisions and events
 * this field is called `standIn`. Journals and `--json` output have that name, so it does not change.
 */
export type Substitute =
  /**
   * `differs` names the parts of the key that differ from today's key. It is empty if the key is
   * the same.
   */
  | { readonly from: 'lock'; readonly differs: readonly string[] }
  | { readonly from: 'environment'; readonly environment: Readonly<Record<string, string>> };

export type FindSubstitute = (
  stage: Stage,
  fingerprint: Fingerprint,
  /** Whether today's key has complete results. */
  whole: boolean,
) => Hit | undefined;

/** Everything that decisions depend on, except for the stages. */
export interface PlanContext {
  readonly codes: StageCodes;
  /** Facts of the machine by name, for the stage types that declare them. */
  readonly facts: Readonly<Record<string, string>>;
  readonly cache: Cache;
  readonly actions: ActionCache;
  readonly store: ObjectStore;
  readonly latest: LastResults;
  readonly files: ProjectFiles;
  /** The stamp of the newest garbage collection when this was read; see `store/live-run.ts`. */
  readonly collectionStamp: string;
  /** Looks for outputs to use instead of those of today's key. Undefined if the user did not ask for it. */
  readonly findSubstitute?: FindSubstitute;
}

/** How many keys are looked up at once. The fingerprints of a batch are in memory at the same time. */
const BATCH = 1000;

/**
 * A decision for each of these stages, none of which depends on another one of them. `known` returns the outputs of a
 * dependency, or undefined if it has none yet.
 */
export async function decideAll(
  stages: readonly Stage[],
  known: (id: StageId) => Outputs | undefined,
  planContext: PlanContext,
  forced: ReadonlySet<StageId>,
): Promise<ReadonlyMap<StageId, Decision>> {
  const decisions = new Map<StageId, Decision>();
  for (let from = 0; from < stages.length; from += BATCH) {
    const identified = stages.slice(from, from + BATCH).map((stage) => {
      return { stage, identity: identify(stage, known, planContext) };
    });
    const keys = identified.flatMap(({ stage, identity }) =>
      identity.kind === 'keyed' && !forced.has(stage.id) ? [identity.key] : [],
    );
    const results = keys.length > 0 ? await planContext.cache.lookup(keys) : NONE;
    for (const { stage, identity } of identified) {
      const decision =
        identity.kind === 'pending'
          ? identity
          : forced.has(stage.id)
            ? toRun(identity, [{ kind: 'forced' }])
            : decide(stage, identity, results.get(identity.key), planContext);
      decisions.set(stage.id, decision);
    }
  }
  return decisions;
}

const NONE: ReadonlyMap<StageKey, CachedResult> = new Map();

interface Keyed {
  readonly kind: 'keyed';
  readonly key: StageKey;
  readonly fingerprint: Fingerprint;
  readonly byPort: ReturnType<typeof producersOf>['byPort'];
}

function identify(
  stage: Stage,
  known: (id: StageId) => Outputs | undefined,
  planContext: PlanContext,
): Keyed | Extract<Decision, { kind: 'pending' }> {
  const { byPort, missing } = producersOf(stage, known, planContext.files);
  if (missing.size > 0) return { kind: 'pending', on: [...missing] };
  const fingerprint = fingerprintOf(stage, byPort, planContext);
  return { kind: 'keyed', key: keyOf(fingerprint), fingerprint, byPort };
}

function decide(
  stage: Stage,
  keyed: Keyed,
  result: CachedResult | undefined,
  planContext: PlanContext,
): Decision {
  const { key, fingerprint, byPort } = keyed;
  const whole = result?.whole ?? false;
  const substitute = planContext.findSubstitute?.(stage, fingerprint, whole);
  if (substitute) return substitute;
  if (result?.whole) {
    const { outputs, remote } = result;
    return { kind: 'hit', key, outputs, ...(remote && { remote }) };
  }
  if (result || planContext.latest.earlier(stage.id)?.key === key) {
    return toRun(keyed, [{ kind: 'lost' }]);
  }
  const explain = (before: ActionRecord) =>
    placeChanges(difference(before.fingerprint, fingerprint), stage, byPort);
  return toRun(keyed, whyNew(stage, planContext, explain));
}

function toRun({ key, fingerprint }: Keyed, reasons: readonly Reason[]): Decision {
  return { kind: 'run', key, fingerprint, reasons };
}

export function fingerprintOf(
  stage: Stage,
  producers: ReadonlyMap<string, readonly { digest: Digest }[]>,
  planContext: PlanContext,
): Fingerprint {
  const code = codeOf(stage.type, planContext.codes);
  if (!code) throw new Error(`no code digest of stage type ${stage.type.name}: build again`);
  const inputs: [string, Digest[]][] = [];
  for (const [port, taken] of producers) inputs.push([port, taken.map((one) => one.digest).sort()]);
  return {
    record: 'stage/1',
    type: stage.type.name,
    code,
    parameters: stage.parameters,
    inputs: inputs.length === 0 ? NOTHING : Object.fromEntries(inputs),
    environment: factsFor(stage.type, planContext.facts),
  };
}

/** The facts that its outputs depend on. Not every pipeline has each of them. */
export function factsFor(
  { environment = [] }: PlannedType,
  facts: PlanContext['facts'],
): Readonly<Record<string, string>> {
  if (environment.length === 0) return NOTHING;
  const known = environment.filter((name) => facts[name] !== undefined);
  return Object.fromEntries(known.map((name) => [name, facts[name]!]));
}

/** Shared, because all decisions of a large plan are in memory together. */
const NOTHING = {};
const FIRST_RUN: readonly Reason[] = [{ kind: 'first-run' }];

function codeOf({ name, codeName, module }: PlannedType, codes: StageCodes): StageCode | undefined {
  if (codeName === undefined || module !== undefined) return codes[module ?? name];
  let code = namedCodes.get(codeName);
  if (!code) {
    code = { digest: digestOf(codeName), packages: {}, files: {} };
    namedCodes.set(codeName, code);
  }
  return code;
}

const namedCodes = new Map<string, StageCode>();

function whyNew(
  stage: Stage,
  planContext: PlanContext,
  explain: (before: ActionRecord) => ReturnType<typeof placeChanges>,
): readonly Reason[] {
  const latest = planContext.latest.earlier(stage.id);
  const before = latest && planContext.actions.get(latest.key);
  if (before) return [{ kind: 'changed', changes: explain(before) }];
  const like = mostSimilar(stage, planContext.latest.instancesOf(stage.name));
  const known = like && planContext.actions.get(like.key);
  if (!known) return FIRST_RUN;
  const changes = explain(known);
  if (!isOneParameter(changes)) return FIRST_RUN;
  return [{ kind: 'new-instance', like: like.stage, changes }];
}

/** In a long sweep, the newest instances are enough. */
const MOST_COMPARED = 200;

/** The instance with the most axis values in common. The newest one if several have the same number. */
function mostSimilar(stage: Stage, instances: readonly LastResult[]): LastResult | undefined {
  const own = new Set(axisTexts(stage.id));
  let best: LastResult | undefined;
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
