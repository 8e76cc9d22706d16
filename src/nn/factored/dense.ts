/**
 * A dense layer as the chain of its factors: `right` acts first, then `core` if there is one, then `left`, which has
 * the bias.
 *
 * The right factor of an interpolative decomposition, E = [I T] P, is stored as T: c (n - c) values, so
 * that the chain holds c (m + n - c) weights instead of c (m + n).
 */
import type { Matrix } from '../../linalg/matrix.ts';
import type { Factorization } from '../../linalg/methods/compression-method.ts';
import { biasSum, type ChainPart, chainOf, type DenseLayer } from './chain.ts';
import type { Replacement } from './replacement.ts';

/** `bias` is that of the layer, m values. Throws if the factors do not have the shape of the layer. */
export function denseChain(
  layer: DenseLayer,
  factorization: Factorization,
  bias: Float32Array | undefined,
): Replacement {
  const { left, core, right } = factorization;
  const total = biasSum(bias, factorization.bias);
  return chainOf([
    factorization.interpolative
      ? interpolation(layer, right, factorization.columns)
      : dense(layer, 'right', right),
    ...(core === undefined ? [] : [dense(layer, 'core', core)]),
    dense(layer, 'left', left, total),
  ]);
}

function dense(layer: DenseLayer, part: string, weight: Matrix, bias?: Float32Array): ChainPart {
  return {
    layer: {
      kind: 'dense',
      name: `${layer.name}.${part}`,
      in: weight.cols,
      out: weight.rows,
      bias: bias !== undefined,
      of: layer.name,
    },
    weight: weight.data,
    bias,
  };
}

function interpolation(
  layer: DenseLayer,
  right: Matrix,
  columns: Int32Array | undefined,
): ChainPart {
  if (columns?.length !== right.rows) {
    throw new RangeError(`${right.rows} rows interpolate from ${columns?.length ?? 'no'} columns`);
  }
  if (columns.some((column, t) => t > 0 && column <= columns[t - 1]!)) {
    throw new RangeError('the columns of an interpolation are distinct and ascending');
  }
  return {
    layer: {
      kind: 'interpolation',
      name: `${layer.name}.right`,
      in: right.cols,
      columns: [...columns],
      of: layer.name,
    },
    weight: otherColumns(right, columns),
  };
}

/** All columns except those at `columns` (ascending), row-major. */
function otherColumns(a: Matrix, columns: Int32Array): Float64Array {
  const others = new Float64Array(a.rows * (a.cols - columns.length));
  let to = 0;
  for (let i = 0; i < a.rows; i++) {
    let next = 0;
    for (let j = 0; j < a.cols; j++) {
      if (j === columns[next]) next++;
      else others[to++] = a.data[i * a.cols + j]!;
    }
  }
  return others;
}
