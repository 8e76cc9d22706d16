/**
 * What a network is made of, as plain JSON: two chains of layers and the shapes at both ends.
 *
 * The `features` chain turns an image into a spatial map; the `classifier` chain begins with whatever
 * pooling and flattening its dense layers need, so that it can be trained, scored and compressed on
 * kept feature maps. Weights are elsewhere; counting parameters needs none.
 *
 * Parameter names and layouts are those of PyTorch's state dict: convolutions [out, in, kernel,
 * kernel], dense layers [out, in]. A factored dense layer computes left (right x) + bias.
 */
export type Layer =
  | {
      readonly kind: 'convolution';
      readonly name: string;
      readonly in: number;
      readonly out: number;
      readonly kernel: number;
      readonly stride: number;
      readonly padding: number;
    }
  | { readonly kind: 'relu' }
  | { readonly kind: 'max-pool'; readonly size: number; readonly stride: number }
  | { readonly kind: 'adaptive-average-pool'; readonly size: number }
  | { readonly kind: 'flatten' }
  | { readonly kind: 'dense'; readonly name: string; readonly in: number; readonly out: number }
  | {
      readonly kind: 'factored-dense';
      readonly name: string;
      readonly in: number;
      readonly rank: number;
      readonly out: number;
    }
  | { readonly kind: 'dropout'; readonly rate: number };

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

/** One array of weights that a description calls for. */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
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
  const bias = { name: `${layer.name}.bias`, shape: [layer.out] };
  switch (layer.kind) {
    case 'convolution': {
      const shape = [layer.out, layer.in, layer.kernel, layer.kernel];
      return [{ name: `${layer.name}.weight`, shape }, bias];
    }
    case 'dense':
      return [{ name: `${layer.name}.weight`, shape: [layer.out, layer.in] }, bias];
    case 'factored-dense':
      return [
        { name: `${layer.name}.left.weight`, shape: [layer.out, layer.rank] },
        { name: `${layer.name}.right.weight`, shape: [layer.rank, layer.in] },
        bias,
      ];
  }
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

function countOf(layers: readonly Layer[]): number {
  return parameterShapes(layers).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
