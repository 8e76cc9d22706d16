/** CURs whose columns are drawn with weights that are known in advance. */
import { leverageScores } from '../factors.ts';
import { drawWithReplacement } from '../sampling.ts';
import { drawDistinct } from '../selection/distinct.ts';
import { selecting } from './column-selection.ts';

/** Equal weights: good only if no direction depends on few columns. The baseline. */
export const curUniform = selecting(({ factors }, count, random) =>
  drawDistinct(new Float64Array(factors.cols).fill(1), count, random),
);

/** By squared norm, as in LinearTimeCUR, so columns can repeat. */
export const curNorm = selecting(({ factors }, count, random) =>
  drawWithReplacement(factors.squaredColumnNorms, count, random),
);

export const curNormDistinct = selecting(({ factors }, count, random) =>
  drawDistinct(factors.squaredColumnNorms, count, random),
);

/**
 * By leverage on the leading c / 2 singular vectors: the bound needs more columns than the dimension of the space that
 * they must span (Mahoney & Drineas, PNAS 106(3), 2009).
 */
export const curLeverageExact = selecting(({ factors }, count, random) => {
  const vectors = factors.vt(Math.ceil(count / 2));
  return drawDistinct(leverageScores(vectors, vectors.rows), count, random);
});
