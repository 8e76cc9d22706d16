/**
 * Finds the curve of a stage: the file `curve.jsonl` of its outputs, otherwise the points that its attempts reported.
 * These are in the folders of their runs, beside the logs.
 */
import { CURVE_FILE, Curve, type CurvePoint } from '../../base/curve.ts';
import type { Outputs, PlanContext } from '../execution/decide.ts';
import type { Plan } from '../execution/plan.ts';
import { curvePathOf } from '../execution/stage-curve.ts';
import type { Stage, StageId } from '../graph/pipeline.ts';
import type { StageKey } from '../key/fingerprint.ts';
import type { ActionCache } from '../store/action-cache.ts';
import { readArtifact } from '../store/artifact.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Attempt } from './attempt.ts';
import type { PastAttempts } from './attempts.ts';
import { linePieces, withFile } from './file-pieces.ts';

interface AttemptedCurve {
  readonly points: readonly CurvePoint[];
  readonly run: string;
  readonly state: Attempt['state'];
}

interface CurveSources {
  readonly attempts: PastAttempts;
  readonly store: ObjectStore;
  readonly actions: ActionCache;
}

export interface FoundCurve {
  readonly points: readonly CurvePoint[];
  /** Whose it is: a result, or an attempt that did not finish. */
  readonly state: 'up to date' | 'not up to date' | Attempt['state'];
  /** Of such an attempt. */
  readonly run?: string;
}

/** The curve of a stage in a plan: of its result, else of its last attempt, else of its previous result. */
export function curveOf(
  { id }: Stage,
  { plan, planContext }: { readonly plan: Plan; readonly planContext: PlanContext },
  attempts: PastAttempts,
): FoundCurve {
  const sources = { ...planContext, attempts };
  const decision = plan.decisions.get(id)!;
  if (decision.kind === 'hit') {
    return { points: curveOfResult(decision, sources), state: 'up to date' };
  }
  const attempt = attempted(id, attempts, attempts.runs.slice(0, MOST_RUNS));
  if (attempt && attempt.state !== 'finished' && attempt.points.length > 0) return attempt;
  const newest = planContext.latest.get(id);
  return { points: newest ? curveOfResult(newest, sources) : [], state: 'not up to date' };
}

/** The curve of a result. Empty if the stage reported none, or if the folder of its run was deleted. */
export function curveOfResult(
  { key, outputs }: { readonly key: StageKey; readonly outputs: Outputs },
  { attempts, store, actions }: CurveSources,
): readonly CurvePoint[] {
  const files = Object.values(outputs).flatMap(
    (digest) => readArtifact(digest, store)?.files ?? [],
  );
  const file = files.find(({ path }) => path === CURVE_FILE || path.endsWith(`/${CURVE_FILE}`));
  if (file) return pointsIn([store.path(file.digest)]);
  const made = actions.get(key)?.provenance;
  return made ? (attempted(made.stage, attempts, [made.run])?.points ?? []) : [];
}

/** The points of the attempts whose checkpoints a running attempt in `run` continues. */
export function pointsBefore(
  stage: StageId,
  run: string,
  attempts: PastAttempts,
): readonly CurvePoint[] {
  const [_running, ...before] = newestAttempts(stage, attempts, [run]);
  return pointsOf(before);
}

/** A journal is read for each. */
const MOST_RUNS = 100;

/** `first`: the runs that may have the newest attempt. */
function attempted(
  stage: string,
  attempts: PastAttempts,
  first: readonly string[],
): AttemptedCurve | undefined {
  const chain = newestAttempts(stage, attempts, first);
  const [newest] = chain;
  if (!newest) return undefined;
  return { points: pointsOf(chain), run: newest.run, state: newest.state };
}

/** The newest attempt first. */
function pointsOf(attempts: readonly Attempt[]): readonly CurvePoint[] {
  const logs = attempts.flatMap(({ said }) => said.log ?? []);
  return pointsIn(logs.reverse().map(curvePathOf));
}

/** The newest attempt, and before it those whose checkpoints it continued. */
function newestAttempts(
  stage: string,
  attempts: PastAttempts,
  first: readonly string[],
): readonly Attempt[] {
  const chain: Attempt[] = [];
  const known = attempts.runs;
  for (const run of known.slice(Math.max(0, known.indexOf(first[0] ?? '')))) {
    if (chain.length === 0 && !first.includes(run)) return chain;
    for (const attempt of [...attempts.of(run, stage)].reverse()) {
      // Another key has other checkpoints.
      if (chain.length > 0 && attempt.key !== chain[0]!.key) continue;
      chain.push(attempt);
      if (!attempt.resumed) return chain;
    }
  }
  return chain;
}

/** Of files that continue each other, the oldest first. A missing file has none. */
function pointsIn(paths: readonly string[]): readonly CurvePoint[] {
  const curve = new Curve();
  for (const path of paths) {
    const pieces = withFile(path, (file) => linePieces(file, 0));
    for (const { bytes } of pieces) curve.addText(bytes.toString('utf8'));
  }
  return curve.points;
}
