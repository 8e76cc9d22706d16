/** SVDs that look at what the layer receives. */

import { firstRows, transpose } from '../matrix.ts';
import { multiply } from '../multiply.ts';
import { scaleColumns } from '../scale.ts';
import { statisticsOf } from '../statistics.ts';
import type { Compress } from './compression-method.ts';
import { svd } from './svd.ts';

/**
 * U U^T A for the leading eigenvectors U of the covariance of the layer's outputs: of all matrices of
 * rank k the one whose outputs are nearest on the calibration images, once what it does to their mean is
 * given back to the bias. (DRONE, NeurIPS 2021, in the projected form, which needs no inverse.)
 */
export const svdOutput: Compress = (layer, asked) => {
  const { outputVectors, inputMean } = statisticsOf(layer);
  const a = layer.weight();
  const ut = firstRows(outputVectors, asked);
  const right = (layer.multiply ?? multiply)(ut, a);
  const left = transpose(ut);
  const mean = { rows: inputMean.length, cols: 1, data: inputMean };
  const whole = multiply(a, mean).data;
  const kept = multiply(left, multiply(right, mean)).data;
  const bias = whole.map((value, i) => value - kept[i]!);
  return { left, right, rank: ut.rows, bias };
};

/** The SVD of A diag(d), d the root mean square of each input, undone (ASVD, arXiv 2312.05821, with alpha 1). */
export const svdActivation: Compress = (layer, asked, random) => {
  const { scaled, inputScale } = statisticsOf(layer);
  const found = svd({ ...layer, factors: scaled }, asked, random);
  // An input that is always zero does not matter, whatever its column is.
  const inverse = inputScale.map((value) => (value > 0 ? 1 / value : 0));
  return { ...found, right: scaleColumns(found.right, inverse) };
};
