/**
 * Outputs that are used instead of those of the current key, if the user requests it: the outputs of the lock, or
 * those of a record that differs only in the facts of the machine.
 */
import type { FindSubstitute, Outputs, PlanContext } from '../execution/decide.ts';
import type { Pipeline, Stage } from '../graph/pipeline.ts';
import { difference } from '../key/difference.ts';
import { type Fingerprint, keyOf, type StageKey } from '../key/fingerprint.ts';
import { isWhole } from '../store/artifact.ts';
import { inputsDigest, type Lock, parametersDigest } from './lock-file.ts';

export function findSubstitute(
  lock: Lock | undefined,
  acrossEnvironments: boolean,
  planContext: PlanContext,
): FindSubstitute | undefined {
  const finders = [
    ...(lock ? [fromLock(lock, planContext)] : []),
    ...(acrossEnvironments ? [fromOtherEnvironment(planContext)] : []),
  ];
  if (finders.length === 0) return undefined;
  return (stage, fingerprint, whole) => {
    for (const find of finders) {
      const found = find(stage, fingerprint, whole);
      if (found) return found;
    }
    return undefined;
  };
}

/** The stages for which the lock can't be used: they are not in it, or have other parameters now. */
export function lockGaps(
  { stages }: Pipeline,
  lock: Lock,
  asked: Pick<Lock, 'configs' | 'settings'>,
): readonly string[] {
  const gaps = stages.flatMap((stage) => {
    const locked = lock.stages[stage.id];
    if (!locked) return [`${stage.id} is not in it`];
    const parameters = parametersDigest(stage.type.name, stage.parameters);
    return locked.parameters === parameters ? [] : [`${stage.id} has other parameters there`];
  });
  const made = optionsOf(lock);
  if (gaps.length === 0 || made === optionsOf(asked)) return gaps;
  return [`it was written with ${made === '' ? 'no -c and no --set' : made}`, ...gaps];
}

function optionsOf({ configs, settings }: Pick<Lock, 'configs' | 'settings'>): string {
  const words = [
    ...configs.map((config) => `-c ${config}`),
    ...settings.map((setting) => `--set ${setting}`),
  ];
  return words.join(' ');
}

function fromLock(lock: Lock, { store, actions }: PlanContext): FindSubstitute {
  return (stage, fingerprint) => {
    const locked = lock.stages[stage.id];
    if (!locked || locked.inputs !== inputsDigest(fingerprint)) return undefined;
    if (missingOutputs(stage, locked.outputs).length > 0 || !isWhole(locked, store)) {
      return undefined;
    }
    const { key, outputs } = locked;
    const differs =
      key === keyOf(fingerprint) ? [] : parts(actions.get(key)?.fingerprint, fingerprint);
    return {
      kind: 'hit',
      key,
      outputs,
      standIn: { from: 'lock', differs },
    };
  };
}

/** The result of an older version of the code may lack outputs that exist now. */
export function missingOutputs({ outputs: ports }: Stage, outputs: Outputs): readonly string[] {
  return Object.keys(ports).filter((port) => !Object.hasOwn(outputs, port));
}

/** The names of the parts in which the keys differ. A lock from another machine may have no record for its key. */
function parts(made: Fingerprint | undefined, today: Fingerprint): readonly string[] {
  if (!made) return ['unknown'];
  return [...new Set(difference(made, today).map((change) => change.kind))];
}

function fromOtherEnvironment({ store, actions }: PlanContext): FindSubstitute {
  return (_stage, fingerprint, whole) => {
    if (whole || Object.keys(fingerprint.environment).length === 0) return undefined;
    const record = actions.environmentVariants(fingerprint).find((one) => isWhole(one, store));
    if (!record) return undefined;
    const key: StageKey = record.key;
    const { environment } = record.fingerprint;
    return {
      kind: 'hit',
      key,
      outputs: record.outputs,
      standIn: { from: 'environment', environment },
    };
  };
}
