/** The costs of a layer in the unit of a budget, whole and factored, without its bias. */
import { int8Bytes } from '../../../linalg/int8.ts';
import { StageError } from '../../../runner/index.ts';
import type { Costs, LayerTimes, Unit } from '../layers/budget-units.ts';
import type { CompressibleLayer } from '../layers/compressible-layer.ts';
import { countedAs } from './chosen-ranks.ts';

/** A layer as far as its costs need it. */
export type CostedLayer = Pick<
  CompressibleLayer,
  'name' | 'kind' | 'rows' | 'cols' | 'matrices' | 'weightBytes' | 'outputs' | 'macs'
>;

export interface CostsAsked {
  readonly unit: Unit;
  /** In which factors are stored. */
  readonly form: string | null;
  /** For the unit `milliseconds`. */
  readonly times?: LayerTimes | undefined;
}

export function layerCosts(
  layer: CostedLayer,
  { unit, form, times }: CostsAsked,
  inInt8 = false,
): Costs {
  const { rows, cols, weightBytes = 4, outputs = rows } = layer;
  const { parameters } = countedAs(form, layer);
  switch (unit) {
    case 'parameters':
      return { whole: rows * cols, ofRank: parameters };
    case 'bytes': {
      if (!inInt8) {
        // The columns of an interpolation are stored in 4 bytes each.
        const indices = form === 'interpolative' && layer.kind === 'dense' ? 4 : 0;
        return {
          whole: weightBytes * rows * cols,
          ofRank: (rank) => weightBytes * parameters(rank) + indices * rank,
        };
      }
      // The left factor has a scale per output, the others one per rank of each matrix.
      const others = layer.matrices.length * (form === 'cur-three' ? 2 : 1);
      return {
        whole: int8Bytes(rows * cols, outputs),
        ofRank: (rank) => int8Bytes(parameters(rank), outputs + others * rank),
      };
    }
    case 'macs':
      return layer.macs?.(form) ?? refused(layer.name);
    case 'milliseconds':
      return times!.costsOf(layer);
  }
}

function refused(name: string): never {
  throw new StageError(
    `the MACs of the layer ${name} are not known: the model does not state the shapes of its input and output`,
    'run the shape inference of ONNX on the model first, or set "budget" to "parameters" or "bytes"',
  );
}
