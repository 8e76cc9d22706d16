/**
 * Finds the curve of a stage: the file `curve.jsonl` of its outputs, otherwise the points that its attempts reported.
 * These are in the folders of their runs, beside the logs.
 */
import { Curve, CURVE_FILE, type CurvePoint } from '../../base/curve.ts';
import type { Outputs } from '../execution/decide.ts';
import { curvePathOf } from '../execution/stage-curve.ts';
import type { StageId } from '../graph/pipeline.ts';
import type { StageKey } from '../key/fingerprint.ts';
import type { ActionCache } from '../store/action-cache.ts';
import { readArtifact } from '../store/artifact.ts';
import type { Layout } from '../store/layout.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { type Attempt, attemptsOf } from './attempts.ts';
import { linePieces, withFile } from './file-pieces.ts';
import { runIds } from './run-journal.ts';

export interface AttemptedCurve {
  readonly points: readonly CurvePoint[];
  readonly run: string;
  readonly state: Attempt['state'];
}

export interface CurveSources {
  readonly layout: Layout;
  readonly store: ObjectStore;
  readonly actions: ActionCache;
}

/** The curve of a result. Empty if the stage reported none, or if the folder of its run was deleted. */
export function curveOfResult(
  { key, outputs }: { readonly key: StageKey; readonly outputs: Outputs },
  { layout, store, actions }: CurveSources,
): readonly CurvePoint[] {
  const files = Object.values(outputs).flatMap((digest) => readArtifact(digest, store)?.files ?? []);
  const file = files.find(({ path }) => path === CURVE_FILE || path.endsWith(`/${CURVE_FILE}`));
  if (file) return pointsIn([store.path(file.digest)]);
  const made = actions.get(key)?.provenance;
  return made ? (attempted(made.stage, layout, [made.run])?.points ?? []) : [];
}

/** The curve of the newest attempt at the stage. Undefined if no known run tried it. */
export function curveOfAttempts(stage: StageId, layout: Layout): AttemptedCurve | undefined {
  return attempted(stage, layout, runIds(layout).slice(0, MOST_RUNS));
}

/** For each run a journal is read. */
const MOST_RUNS = 100;

/** `first`: the runs that may have the newest attempt. */
function attempted(
  stage: string,
  layout: Layout,
  first: readonly string[],
): AttemptedCurve | undefined {
  const attempts = newestAttempts(stage, layout, first);
  const [newest] = attempts;
  if (!newest) return undefined;
  const logs = attempts.flatMap(({ said }) => said.log ?? []).reverse();
  return { points: pointsIn(logs.map(curvePathOf)), run: newest.run, state: newest.state };
}

/** The newest attempt, and before it those whose checkpoints it continued. */
function newestAttempts(
  stage: string,
  layout: Layout,
  first: readonly string[],
): readonly Attempt[] {
  const chain: Attempt[] = [];
  const known = runIds(layout);
  for (const run of known.slice(Math.max(0, known.indexOf(first[0] ?? '')))) {
    if (chain.length === 0 && !first.includes(run)) return chain;
    for (const attempt of [...attemptsOf(layout, run, (one) => one === stage)].reverse()) {
      // Another key has other checkpoints.
      if (chain.length > 0 && attempt.key !== chain[0]!.key) continue;
      chain.push(attempt);
      if (!attempt.resumed) return chain;
    }
  }
  return chain;
}

/** Of files that continue each other, the oldest first. A missing file has none. */
export function pointsIn(paths: readonly string[]): readonly CurvePoint[] {
  const curve = new Curve();
  for (const path of paths) {
    const pieces = withFile(path, (file) => linePieces(file, 0));
    for (const { bytes } of pieces) curve.addText(bytes.toString('utf8'));
  }
  return curve.points;
}
