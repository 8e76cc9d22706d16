/** The statistics that older methods use, from second moments instead of the inputs themselves. */
import { factorizeLayer } from '../factors.ts';
import type { Matrix } from '../matrix.ts';
import { scaleColumns } from '../scale.ts';
import { firstAxis, type LayerStatistics } from '../statistics.ts';
import { centred, inputScale, type SecondMoments } from './second-moments.ts';
import { whitenLayer } from './whitened.ts';

/** The same as `layerStatistics` up to rounding. Parts are computed when they are read, because a method reads few. */
export function statisticsOfMoments(weight: Matrix, moments: SecondMoments): LayerStatistics {
  const scale = inputScale(moments);
  return {
    inputScale: scale,
    inputMean: moments.mean,
    get outputVectors() {
      // The covariance of the outputs is A C A^T, where C is that of the inputs.
      const { ut } = whitenLayer(weight, centred(moments));
      const vectors = ut(weight.rows);
      return vectors.rows > 0 ? vectors : firstAxis(weight.rows);
    },
    get scaled() {
      return factorizeLayer(scaleColumns(weight, scale));
    },
  };
}
