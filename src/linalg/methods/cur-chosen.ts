/** CURs whose columns depend only on the layer. */

import { leverageScores } from '../factors.ts';
import { selectByDeim } from '../selection/deim.ts';
import { takeLargest } from '../selection/distinct.ts';
import { selectByPivotedQr } from '../selection/pivoted-columns.ts';
import { selecting } from './column-selection.ts';

/** The largest leverage scores (Papailiopoulos, Kyrillidis & Boutsidis, KDD 2014). Often redundant. */
export const curTopLeverage = selecting(({ factors }, count) => {
  const vectors = factors.vt(count);
  return takeLargest(leverageScores(vectors, vectors.rows), count);
});

export const curDeim = selecting(({ factors }, count) => selectByDeim(factors.vt(count), count));

export const curQdeim = selecting(({ factors }, count) => {
  const vectors = factors.vt(count);
  return selectByPivotedQr(vectors, count);
});

export const curQr = selecting((layer, count) => selectByPivotedQr(layer.weight(), count));
