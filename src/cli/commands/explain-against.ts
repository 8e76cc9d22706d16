/** The other side of `pipeline explain --against`: a past run, or another configuration. */
import { fail, ok, type Result } from '../../base/result.ts';
import {
  compareSnapshots,
  findRun,
  outputsInPlan,
  prepare,
  readRun,
  type Stage,
  type StageSnapshot,
  sentencesOfChanges,
  snapshotInPlan,
  snapshotsOfRun,
} from '../../runner/index.ts';
import type { Host } from '../host.ts';
import type { ComparedStage } from '../render/comparison.ts';
import { type Opened, reportBadInput, reportErrors } from '../selection-options.ts';

export interface OtherSide {
  readonly against?: string;
  readonly againstConfig: readonly string[];
  readonly againstSet: readonly string[];
}

/** Returns a function that compares a stage with the other side. If there is no such side, returns the exit code. */
export async function openOtherSide(
  host: Host,
  options: OtherSide,
  opened: Opened,
): Promise<Result<(stage: Stage) => ComparedStage, number>> {
  await opened.prepared.findPlaces();
  const isPlan = options.against === undefined;
  const other = isPlan ? await ofSelection(host, options, opened) : undefined;
  const side = other ?? ofRun(host, options.against!, opened);
  if (!side.ok) return side;
  const { name, snapshotOf } = side.value;
  const { plan, planContext } = opened.prepared;
  return ok((stage) => {
    const before = snapshotOf(stage);
    if (!before) return { stage: stage.id, against: name, state: 'absent', sentences: [] };
    const after = snapshotInPlan(stage, plan, planContext);
    const outputsOf = outputsInPlan(plan);
    const comparison = compareSnapshots(before, after, {
      stage,
      outputsOf,
      files: planContext.files,
      placed: true,
    });
    if (comparison.kind === 'same') {
      return { stage: stage.id, against: name, state: 'same', sentences: [] };
    }
    const { changes, unknown } = comparison;
    const sentences = [
      ...sentencesOfChanges(changes, planContext.store, true),
      ...unknown.map((text) => ({ text })),
    ];
    const state = changes.length > 0 ? 'differs' : 'unknown';
    return { stage: stage.id, against: name, state, sentences };
  });
}

interface Side {
  readonly name: string;
  readonly snapshotOf: (stage: Stage) => StageSnapshot | undefined;
}

function ofRun(host: Host, text: string, { project, prepared }: Opened): Result<Side, number> {
  const run = findRun(project.layout, text);
  if (!run.ok) return fail(reportErrors(host, run.error));
  const events = readRun(project.layout, run.value);
  const snapshots = snapshotsOfRun(events, prepared.planContext);
  return ok({ name: `run ${run.value}`, snapshotOf: (stage) => snapshots.get(stage.id) });
}

async function ofSelection(
  host: Host,
  { againstConfig: configs, againstSet: settings }: OtherSide,
  { project }: Opened,
): Promise<Result<Side, number>> {
  const there = await prepare(project, { configs, settings, targets: [], forced: [] });
  if (!there.ok) return fail(reportBadInput(host, there.error));
  const { plan, planContext } = there.value;
  return ok({
    name: [...configs, ...settings].join(', '),
    snapshotOf: ({ id }) => {
      const stage = plan.pipeline.byId.get(id);
      return stage && snapshotInPlan(stage, plan, planContext);
    },
  });
}
