/** Seconds to select k columns from the factors, by each rule. */
import type { LayerFactors } from '../../src/linalg/factors.ts';
import { leverageScores } from '../../src/linalg/factors.ts';
import type { Matrix } from '../../src/linalg/matrix.ts';
import { selectByDeim } from '../../src/linalg/selection/deim.ts';
import { takeLargest } from '../../src/linalg/selection/distinct.ts';
import { selectByPivotedQr } from '../../src/linalg/selection/pivoted-columns.ts';

type Selection = (layer: Matrix, factors: LayerFactors, k: number) => unknown;

/** By their names in the table. A new rule is a new line. */
const selections: Readonly<Record<string, Selection>> = {
  'largest leverage scores': (_, factors, k) => takeLargest(leverageScores(factors.vt(k), k), k),
  DEIM: (_, factors, k) => selectByDeim(factors.vt(k), k),
  'pivoted QR of the singular vectors': (_, factors, k) => selectByPivotedQr(factors.vt(k), k),
};

export function timeSelections(
  layer: Matrix,
  factors: LayerFactors,
  k: number,
): Readonly<Record<string, number>> {
  const seconds: Record<string, number> = {};
  for (const [name, select] of Object.entries(selections)) {
    const from = performance.now();
    select(layer, factors, k);
    seconds[name] = (performance.now() - from) / 1000;
  }
  return seconds;
}
