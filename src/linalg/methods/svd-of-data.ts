/** SVDs that use the inputs or outputs of the layer. */

import { firstRows, transpose } from '../matrix.ts';
import { multiply } from '../multiply.ts';
import { scaleColumns } from '../scale.ts';
import { statisticsOf } from '../statistics.ts';
import type { Compress } from './compression-method.ts';
import { svd } from './svd.ts';

/**
 * U U^T A for the leading eigenvectors U of the covariance of the layer's outputs. Of all matrices of rank k, its
 * outputs are nearest on the calibration images, after the bias corrects their mean. (DRONE, NeurIPS 2021, in the
 * projected form, which needs no inverse.)
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

/**
 * The SVD of A diag(d) with the scaling undone, where d is the root mean square of each input (ASVD, arXiv 2312.05821,
 * with alpha 1).
 */
export const svdActivation: Compress = (layer, asked, random) => {
  const { scaled, inputScale } = statisticsOf(layer);
  const found = svd({ ...layer, factors: scaled }, asked, random);
  // The column of an input that is always zero does not matter.
  const inverse = inputScale.map((value) => (value > 0 ? 1 / value : 0));
  return { ...found, right: scaleColumns(found.right, inverse) };
};
