/** The other side of `pipeline explain --against`: a run of the past, or another configuration. */
import { prepare } from '../../runner/engine.ts';
import type { Stage } from '../../runner/graph/pipeline.ts';
import { findRun } from '../../runner/history/find-run.ts';
import { readRun } from '../../runner/history/run-journal.ts';
import { sentencesOfChanges } from '../../runner/history/sentence.ts';
import {
  compareStandings,
  outputsInPlan,
  type Standing,
  standingInPlan,
  standingsOfRun,
} from '../../runner/history/standing.ts';
import { fail, ok, type Result } from '../../runner/result.ts';
import type { Host } from '../host.ts';
import type { ComparedStage } from '../render/comparison.ts';
import { type Opened, tell, tellPlainly } from '../selection-options.ts';

export interface OtherSide {
  readonly against?: string;
  readonly againstConfig: readonly string[];
  readonly againstSet: readonly string[];
}

/** How a stage differs from what it is there; or the exit code, where there is no such side. */
export function openOtherSide(
  host: Host,
  options: OtherSide,
  opened: Opened,
): Result<(stage: Stage) => ComparedStage, number> {
  const other = options.against === undefined ? ofSelection(host, options, opened) : undefined;
  const side = other ?? ofRun(host, options.against!, opened);
  if (!side.ok) return side;
  const { name, standingOf } = side.value;
  const { plan, knowledge } = opened.prepared;
  return ok((stage) => {
    const before = standingOf(stage);
    if (!before) return { stage: stage.id, against: name, state: 'absent', sentences: [] };
    const after = standingInPlan(stage, plan, knowledge);
    const outputsOf = outputsInPlan(plan);
    const comparison = compareStandings(before, after, {
      stage,
      outputsOf,
      files: knowledge.files,
      placed: true,
    });
    if (comparison.kind === 'same') {
      return { stage: stage.id, against: name, state: 'same', sentences: [] };
    }
    const { changes, unknown } = comparison;
    const sentences = [
      ...sentencesOfChanges(changes, knowledge.store, true),
      ...unknown.map((text) => ({ text })),
    ];
    const state = changes.length > 0 ? 'differs' : 'unknown';
    return { stage: stage.id, against: name, state, sentences };
  });
}

interface Side {
  readonly name: string;
  readonly standingOf: (stage: Stage) => Standing | undefined;
}

function ofRun(host: Host, text: string, { project, prepared }: Opened): Result<Side, number> {
  const run = findRun(project.layout, text);
  if (!run.ok) return fail(tellPlainly(host, run.error));
  const events = readRun(project.layout, run.value);
  const standings = standingsOfRun(events, prepared.knowledge);
  return ok({ name: `run ${run.value}`, standingOf: (stage) => standings.get(stage.id) });
}

function ofSelection(
  host: Host,
  { againstConfig: configs, againstSet: settings }: OtherSide,
  { project }: Opened,
): Result<Side, number> {
  const there = prepare(project, { configs, settings, targets: [], forced: [] });
  if (!there.ok) return fail(tell(host, there.error));
  const { plan, knowledge } = there.value;
  return ok({
    name: [...configs, ...settings].join(', '),
    standingOf: ({ id }) => {
      const stage = plan.pipeline.byId.get(id);
      return stage && standingInPlan(stage, plan, knowledge);
    },
  });
}
