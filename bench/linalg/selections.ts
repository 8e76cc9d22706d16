/** Seconds that each way to choose k columns takes, given the factors. */
import type { LayerFactors } from '../../src/linalg/factors.ts';
import { leverageScores } from '../../src/linalg/factors.ts';
import type { Matrix } from '../../src/linalg/matrix.ts';

type Selection = (layer: Matrix, factors: LayerFactors, k: number) => unknown;

/** By what the table calls them; another selection is one more line. */
const selections: Readonly<Record<string, Selection>> = {
  'largest leverage scores': (_, factors, k) => {
    const scores = leverageScores(factors.vt(k), k);
    const order = Uint32Array.from(scores, (_score, j) => j);
    return order.sort((i, j) => scores[j]! - scores[i]!).subarray(0, k);
  },
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
