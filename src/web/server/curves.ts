/** The curves of stages: of running stages as far as they have come, otherwise of their results or last attempts. */
import { join } from 'node:path';
import { AppendedLines } from '../../base/appended-lines.ts';
import { Curve, type CurvePoint, thinned } from '../../base/curve.ts';
import {
  curveOf,
  curveOfResult,
  curvePathOf,
  InstanceNames,
  type Layout,
  PastAttempts,
  type Prepared,
  pointsBefore,
  type Stage,
} from '../../runner/index.ts';
import type { CurvesAnswer, StageCurve } from '../answers.ts';
import type { Board } from './board.ts';

/** More lines can't be distinguished. */
const MOST_STAGES = 60;
/** All curves of an answer together. */
const MOST_POINTS = 6000;
const MOST_KEPT = 500;
const PIECE = 1 << 20;

export class Curves {
  private readonly layout: Layout;
  /** By key: results do not change. */
  private readonly results = new Map<string, readonly CurvePoint[]>();
  /** By the path of their file: curves of running stages, read piece by piece. */
  private readonly growing = new Map<string, GrowingCurve>();

  constructor(layout: Layout) {
    this.layout = layout;
  }

  /** Of one instance, or of those of a stage that are running or have results. */
  of(stages: readonly Stage[], prepared: Prepared, board: Board): CurvesAnswer {
    const attempts = new PastAttempts(this.layout);
    const names = new InstanceNames(prepared.plan.pipeline);
    const known = stages.flatMap((stage): StageCurve[] => {
      const isLive = board.cell(stage.id).state === 'running';
      const isKnown = !isLive && prepared.plan.decisions.get(stage.id)?.kind === 'hit';
      const reported = isKnown ? undefined : this.reported(stage, board, attempts);
      const points = reported ?? this.ended(stage, stages.length > 1, prepared, attempts);
      const axes = names.short(stage.id).slice(stage.name.length + 1, -1);
      return points.length > 0 ? [{ stage: stage.id, axes, isLive, points }] : [];
    });
    const shown = known.slice(0, MOST_STAGES);
    const each = Math.floor(MOST_POINTS / Math.max(6, shown.length));
    return {
      curves: shown.map((one) => ({ ...one, points: thinned(one.points, each) })),
      more: known.length - shown.length,
    };
  }

  /** The curve of the attempt that a followed run made. */
  private reported(
    { id }: Stage,
    board: Board,
    attempts: PastAttempts,
  ): readonly CurvePoint[] | undefined {
    const { reported, story } = board.reported(id) ?? {};
    if (!story || reported?.log === undefined) return undefined;
    const { log, resumed } = reported;
    const { run } = story;
    const path = curvePathOf(join(this.layout.run(run), log));
    let curve = this.growing.get(path);
    if (!curve) {
      curve = new GrowingCurve(path, resumed ? pointsBefore(id, run, attempts) : []);
      keep(this.growing, path, curve);
    }
    return curve.read();
  }

  private ended(
    stage: Stage,
    isOneOfMany: boolean,
    prepared: Prepared,
    attempts: PastAttempts,
  ): readonly CurvePoint[] {
    const { plan, planContext } = prepared;
    const decision = plan.decisions.get(stage.id)!;
    // Looking for attempts reads journals, which takes too long for many stages.
    if (decision.kind !== 'hit' && !isOneOfMany) {
      return curveOf(stage, prepared, attempts).points;
    }
    const result = decision.kind === 'hit' ? decision : planContext.latest.get(stage.id);
    if (!result) return [];
    let points = this.results.get(result.key);
    if (!points) {
      points = curveOfResult(result, { ...planContext, attempts });
      keep(this.results, result.key, points);
    }
    return points;
  }
}

class GrowingCurve {
  private readonly lines: AppendedLines;
  private readonly curve = new Curve();

  constructor(path: string, before: readonly CurvePoint[]) {
    this.lines = new AppendedLines(path, { mostPerRead: PIECE });
    for (const point of before) this.curve.add(point);
  }

  /** The points so far. Reads what was added, at most one piece. */
  read(): readonly CurvePoint[] {
    this.curve.addText(this.lines.read().toString('utf8'));
    return this.curve.points;
  }
}

/** The oldest is dropped if there are too many. */
function keep<T>(values: Map<string, T>, name: string, value: T): void {
  values.set(name, value);
  if (values.size > MOST_KEPT) values.delete(values.keys().next().value!);
}
