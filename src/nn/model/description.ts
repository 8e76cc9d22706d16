/**
 * The description of a network as plain JSON: two chains of layers and the shapes at both ends.
 *
 * The `features` chain turns an image into a spatial map. The `classifier` chain begins with the pooling and flattening
 * that its dense layers need, so that it can be trained, scored and compressed on stored feature maps. Weights are
 * elsewhere; parameters can be counted without them.
 *
 * Parameter names and layouts are those of PyTorch's state dict: convolutions [out, in, height, width], dense layers
 * [out, in]. A compressed layer is replaced by a chain of such layers, each of which names the layer of which it is a
 * factor. Only the last of them has the bias.
 */

/** Vertical, horizontal. */
export type Pair = readonly [number, number];

export type Layer =
  | {
      readonly kind: 'convolution';
      readonly name: string;
      readonly in: number;
      readonly out: number;
      readonly kernel: Pair;
      readonly stride: Pair;
      /** Zeros at both ends. */
      readonly padding: Pair;
      readonly bias: boolean;
      /** The layer of which this is a factor. */
      readonly of?: string;
    }
  | { readonly kind: 'batch-norm'; readonly name: string; readonly channels: number }
  | { readonly kind: 'relu' }
  | { readonly kind: 'max-pool'; readonly size: number; readonly stride: number }
  | { readonly kind: 'adaptive-average-pool'; readonly size: number }
  | { readonly kind: 'flatten' }
  | {
      readonly kind: 'dense';
      readonly name: string;
      readonly in: number;
      readonly out: number;
      readonly bias: boolean;
      readonly of?: string;
    }
  /**
   * The right factor of an interpolative decomposition: it passes on the inputs `columns` and adds weighted sums of the
   * others, which are in ascending order.
   */
  | {
      readonly kind: 'interpolation';
      readonly name: string;
      readonly in: number;
      readonly columns: readonly number[];
      readonly of?: string;
    }
  | { readonly kind: 'dropout'; readonly rate: number };

/** What batch norms add to a variance before they take its root: PyTorch's default. */
export const batchNormEpsilon = 1e-5;

/** A layer that holds weights. */
export type WeightedLayer = Extract<Layer, { readonly name: string }>;

export interface ModelDescription {
  /** Height, width, channels. */
  readonly input: readonly [number, number, number];
  readonly classes: number;
  readonly features: readonly Layer[];
  readonly classifier: readonly Layer[];
}

export type Part = 'features' | 'classifier';

/** One array of weights of a description. */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
  /** A statistic that training updates. It is not a parameter and is not counted. */
  readonly buffer?: true;
}

export interface ParameterCounts {
  readonly features: number;
  readonly classifier: number;
  readonly total: number;
}

export function countParameters(description: ModelDescription): ParameterCounts {
  const features = countOf(description.features);
  const classifier = countOf(description.classifier);
  return { features, classifier, total: features + classifier };
}

/** The parameters of a chain, in the order of its layers. */
export function parameterShapes(layers: readonly Layer[]): readonly ParameterShape[] {
  return layers.flatMap((layer) => (isWeighted(layer) ? parametersOf(layer) : []));
}

export function isWeighted(layer: Layer): layer is WeightedLayer {
  return 'name' in layer;
}

export function parametersOf(layer: WeightedLayer): readonly ParameterShape[] {
  const named = (name: string, ...shape: number[]) => ({ name: `${layer.name}.${name}`, shape });
  switch (layer.kind) {
    case 'convolution':
      return [
        named('weight', layer.out, layer.in, ...layer.kernel),
        ...(layer.bias ? [named('bias', layer.out)] : []),
      ];
    case 'batch-norm':
      return [
        named('weight', layer.channels),
        named('bias', layer.channels),
        { ...named('running_mean', layer.channels), buffer: true },
        { ...named('running_var', layer.channels), buffer: true },
      ];
    case 'dense':
      return [
        named('weight', layer.out, layer.in),
        ...(layer.bias ? [named('bias', layer.out)] : []),
      ];
    case 'interpolation':
      return [named('weight', layer.columns.length, layer.in - layer.columns.length)];
  }
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

function countOf(layers: readonly Layer[]): number {
  return parameterShapes(layers)
    .filter(({ buffer }) => !buffer)
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

export function convolves(layers: readonly Layer[]): boolean {
  return layers.some(({ kind }) => kind === 'convolution');
}
