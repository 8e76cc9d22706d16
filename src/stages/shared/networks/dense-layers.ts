/** The dense layers of a classifier, and their weights as matrices. */
import type { Matrix } from '../../../linalg/matrix.ts';
import type { Layer, ModelDescription } from '../../../nn/model/description.ts';
import type { Network } from '../../../nn/model/weights.ts';

export type DenseLayer = Extract<Layer, { kind: 'dense' }>;

/** In the order of the network. The last layer computes the classes. */
export function denseLayers({ classifier }: ModelDescription): readonly DenseLayer[] {
  return classifier.filter((layer) => layer.kind === 'dense');
}

/** m x n, outputs by inputs. */
export function weightOf({ weights }: Network, layer: string): Matrix {
  const { shape, data } = weights.get(`${layer}.weight`)!;
  return { rows: shape[0]!, cols: shape[1]!, data };
}
