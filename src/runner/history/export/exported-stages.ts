/** The stages of a past run with their records, and those whose outputs are its results. */
import { stageOfInstance } from '../../../base/stage-name.ts';
import type { Outputs } from '../../execution/decide.ts';
import type { Event } from '../../execution/event.ts';
import { folderOf } from '../../execution/newest-results.ts';
import { axesOfInstance } from '../../graph/instance-axes.ts';
import type { ActionCache, ActionRecord } from '../../store/action-cache.ts';

export interface ExportedStage {
  readonly id: string;
  readonly name: string;
  /** Its folder among the results. */
  readonly folder: string;
  /** Those that the run used. A record may have others, if a forced run made them again. */
  readonly outputs: Outputs;
  readonly record: ActionRecord;
}

/** `lost` are the stages whose records are no longer in the store. Throws if one can't be read. */
export function stagesOfRun(
  events: readonly Event[],
  actions: ActionCache,
): { readonly stages: readonly ExportedStage[]; readonly lost: readonly string[] } {
  const stages = new Map<string, ExportedStage>();
  const lost = new Set<string>();
  for (const event of events) {
    if (event.type !== 'stage-finished' && event.type !== 'stage-cached') continue;
    const { stage: id, key, outputs } = event;
    const record = actions.get(key);
    const name = stageOfInstance(id);
    const folder = folderOf({ name, axes: axesOfInstance(id) });
    if (record) stages.set(id, { id, name, folder, outputs, record });
    else lost.add(id);
  }
  return { stages: [...stages.values()], lost: [...lost] };
}

/** The stages whose outputs no other stage of the run uses. */
export function lastOf(stages: readonly ExportedStage[]): readonly ExportedStage[] {
  const used = new Set<string>(
    stages.flatMap(({ record }) => Object.values(record.fingerprint.inputs).flat()),
  );
  const middle = new Set(
    stages.filter(({ outputs }) => Object.values(outputs).some((one) => used.has(one))),
  );
  return stages.filter((stage) => !middle.has(stage));
}
