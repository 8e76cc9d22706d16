/**
 * Statistics of a layer on calibration samples, for the methods that use data. In float64.
 */
import { factorizeLayer, type LayerFactors } from './factors.ts';
import { type Matrix, type Matrix64, transpose, zeros } from './matrix.ts';
import { multiplyTransposedRight } from './multiply.ts';
import { scaleColumns } from './scale.ts';
import { thinSvd } from './svd.ts';

export interface LayerStatistics {
  /** The root mean square of each of the n inputs. */
  readonly inputScale: Float64Array;
  /** The mean of each of the n inputs. */
  readonly inputMean: Float64Array;
  /** r x m, orthonormal rows: leading eigenvectors of the covariance of the outputs, the largest first. */
  readonly outputVectors: Matrix;
  /** The factors of A diag(inputScale). */
  readonly scaled: LayerFactors;
}

/** `inputs` has one sample per row: N x n, for a weight of m x n. N is positive. */
export function layerStatistics(weight: Matrix, inputs: Matrix): LayerStatistics {
  const { mean: inputMean, scale: inputScale } = moments(inputs);
  return {
    inputScale,
    inputMean,
    outputVectors: principalOutputs(weight, inputs),
    scaled: factorizeLayer(scaleColumns(weight, inputScale)),
  };
}

/** The statistics of a layer. Throws if it has none, which is a bug of the caller. */
export function statisticsOf({
  statistics,
}: {
  readonly statistics?: LayerStatistics;
}): LayerStatistics {
  if (statistics === undefined)
    throw new Error('the method needs statistics of the data, and the layer has none');
  return statistics;
}

/** The left singular vectors of the centred outputs: Y = A X^T minus its mean over the samples. */
function principalOutputs(weight: Matrix, inputs: Matrix): Matrix64 {
  const outputs = multiplyTransposedRight(weight, inputs);
  for (let i = 0; i < outputs.rows; i++) {
    const row = outputs.data.subarray(i * outputs.cols, (i + 1) * outputs.cols);
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    for (let j = 0; j < row.length; j++) row[j]! -= mean;
  }
  const { ut } = thinSvd(outputs);
  // The mean alone gives outputs that never vary, but a factor needs at least one row.
  return ut.rows > 0 ? ut : firstAxis(weight.rows);
}

/** Row vector (1, 0, ..., 0). */
export function firstAxis(length: number): Matrix64 {
  const axis = transpose(zeros(length, 1));
  axis.data[0] = 1;
  return axis;
}

function moments({ rows, cols, data }: Matrix) {
  const mean = new Float64Array(cols);
  const squares = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const value = data[i * cols + j]!;
      mean[j]! += value / rows;
      squares[j]! += value ** 2 / rows;
    }
  }
  return { mean, scale: squares.map(Math.sqrt) };
}
