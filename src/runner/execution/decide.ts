/**
 * The one place where it is decided whether a stage runs, and why.
 *
 * A plan and a run call the same function; what differs is only how much they know of the inputs.
 */
import type { Stage, StageId } from '../graph/pipeline.ts';
import type { PlannedType } from '../graph/stage-type.ts';
import { difference } from '../key/difference.ts';
import { type Digest, digestOf } from '../key/digest.ts';
import { type Fingerprint, keyOf, type StageKey } from '../key/fingerprint.ts';
import type { StageCode, StageCodes } from '../key/stage-code.ts';
import type { LastResult, LastResults } from '../state/last-results.ts';
import type { ActionCache, ActionRecord } from '../store/action-cache.ts';
import { isWhole } from '../store/artifact.ts';
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
      readonly standIn?: StandIn;
    }
  | {
      readonly kind: 'run';
      readonly key: StageKey;
      readonly fingerprint: Fingerprint;
      readonly reasons: readonly Reason[];
    }
  /** Its inputs hang on stages that have yet to run: it may turn out to be a hit. */
  | { readonly kind: 'pending'; readonly on: readonly StageId[] };

/** Why outputs are taken that were made under another key: somebody asked for it. */
export type StandIn =
  /** `differs` names the parts of the key that are others than today's; none where it is the same. */
  | { readonly from: 'lock'; readonly differs: readonly string[] }
  | { readonly from: 'environment'; readonly environment: Readonly<Record<string, string>> };

export type FindStandIn = (
  stage: Stage,
  fingerprint: Fingerprint,
  /** Whether today's key has whole results of its own. */
  whole: boolean,
) => Extract<Decision, { kind: 'hit' }> | undefined;

export interface Knowledge {
  readonly codes: StageCodes;
  /** Facts of the machine by name, for the stage types that declare them. */
  readonly facts: Readonly<Record<string, string>>;
  readonly actions: ActionCache;
  readonly store: ObjectStore;
  readonly latest: LastResults;
  readonly files: ProjectFiles;
  /** Which collections of garbage had been when this was learnt; see `store/live-run.ts`. */
  readonly collections: string;
  /** Looks for outputs in place of those of today's key, where that was asked for. */
  readonly standIn?: FindStandIn;
}

/** `known` gives a dependency's outputs, or undefined where they are not there yet. */
export function decide(
  stage: Stage,
  known: (id: StageId) => Outputs | undefined,
  knowledge: Knowledge,
  forced: boolean,
): Decision {
  const { byPort, missing } = producersOf(stage, known, knowledge.files);
  if (missing.size > 0) return { kind: 'pending', on: [...missing] };

  const fingerprint = fingerprintOf(stage, byPort, knowledge);
  const key = keyOf(fingerprint);
  const listed = forced || knowledge.standIn ? undefined : knowledge.latest.ofKey(key);
  if (listed && isListed(listed, knowledge)) return { kind: 'hit', key, outputs: listed.outputs };
  const record = knowledge.actions.get(key);
  const whole = record !== undefined && isWhole(record, knowledge.store);
  const standIn = forced ? undefined : knowledge.standIn?.(stage, fingerprint, whole);
  if (standIn) return standIn;
  if (whole && !forced) return { kind: 'hit', key, outputs: record.outputs };
  const explain = (before: ActionRecord) =>
    placeChanges(difference(before.fingerprint, fingerprint), stage, byPort);
  const reasons: Reason[] = forced
    ? [{ kind: 'forced' }]
    : record || knowledge.latest.get(stage.id)?.key === key
      ? [{ kind: 'lost' }]
      : [whyNew(stage, knowledge, explain)];
  return { kind: 'run', key, fingerprint, reasons };
}

export function fingerprintOf(
  stage: Stage,
  producers: ReadonlyMap<string, readonly { digest: Digest }[]>,
  knowledge: Knowledge,
): Fingerprint {
  const code = codeOf(stage.type, knowledge.codes);
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
    environment: factsFor(stage.type, knowledge.facts),
  };
}

/** Those that its outputs hang on. */
export function factsFor(
  { environment = [] }: PlannedType,
  facts: Knowledge['facts'],
): Readonly<Record<string, string>> {
  return Object.fromEntries(environment.map((name) => [name, facts[name] ?? '']));
}

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

/** Whether the index tells enough of this key, and all of it is as it was; no file is read. */
function isListed({ key, outputs, files }: LastResult, { actions, store }: Knowledge): boolean {
  if (!files || !actions.stillNames(key, outputs)) return false;
  for (const port in outputs) {
    if (!store.isWhole(outputs[port]!)) return false;
    for (const file of files[port] ?? []) if (!store.isWhole(file.digest, file.size)) return false;
  }
  return true;
}

function whyNew(
  stage: Stage,
  knowledge: Knowledge,
  explain: (before: ActionRecord) => ReturnType<typeof placeChanges>,
): Reason {
  const latest = knowledge.latest.get(stage.id);
  const before = latest && knowledge.actions.get(latest.key);
  if (before) return { kind: 'changed', changes: explain(before) };
  const like = mostAlike(stage, knowledge.latest.instancesOf(stage.name));
  const known = like && knowledge.actions.get(like.key);
  if (!known) return { kind: 'first-run' };
  const changes = explain(known);
  if (!isOneParameter(changes)) return { kind: 'first-run' };
  return { kind: 'new-instance', like: like.stage, changes };
}

/** A long sweep has enough of its like among the newest. */
const MOST_COMPARED = 200;

/** The instance that shares most axis values; of equals the newest. */
function mostAlike(stage: Stage, instances: readonly LastResult[]): LastResult | undefined {
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
