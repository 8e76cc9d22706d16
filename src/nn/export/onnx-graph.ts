/**
 * A network as an ONNX graph of standard operations. Its weights have the names and layouts of a PyTorch state dict.
 * Maps are [N, channels, height, width]. The graph is written as described: it folds nothing, so that each layer can be
 * found in it. A runtime folds what it can.
 */
import type { OnnxModel, OnnxNode, OnnxTensor } from '../../onnx/model.ts';
import { batchNormEpsilon, type Layer, parametersOf } from '../model/description.ts';
import type { Network } from '../model/weights.ts';
import { averagePool } from './average-pool.ts';
import { type NamedLayer, namedLayers } from './named-layers.ts';
import { type Attributes, integers, node, type Step, tensor } from './onnx-parts.ts';
import { passedAndOthers } from './passed-inputs.ts';

/** ONNX Runtime reads it since version 1.12. */
const OPSET = 17;

/** The version of the file format that came with this operator set. */
export const IR_VERSION = 8;

const BATCH = 'N';
export const INPUT = 'images';
export const OUTPUT = 'logits';

export function onnxGraph({ description, weights }: Network): OnnxModel {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  let value = INPUT;
  for (const named of namedLayers(description)) {
    const step = stepOf(named, value);
    if (step === undefined) continue;
    nodes.push(...step.nodes);
    value = step.nodes.at(-1)!.outputs[0]!;
    for (const { name, shape } of step.weighted ? parametersOf(step.weighted) : []) {
      initializers.push(tensor(name, shape, weights.get(name)!.data));
    }
    initializers.push(...(step.constants ?? []));
  }
  const last = { ...nodes.at(-1)!, outputs: [OUTPUT] };
  const [height, width, channels] = description.input;
  return {
    graph: {
      name: 'network',
      nodes: [...nodes.slice(0, -1), last],
      initializers,
      inputs: [{ name: INPUT, type: 'float32', shape: [BATCH, channels, height, width] }],
      outputs: [{ name: OUTPUT, type: 'float32', shape: [BATCH, description.classes] }],
    },
    opsets: { '': OPSET },
  };
}

/** Undefined for a layer that passes on its input. */
function stepOf({ name, layer, input }: NamedLayer, value: string): Step | undefined {
  const parameters = 'name' in layer ? parametersOf(layer).map((one) => one.name) : [];
  const one = (operation: string, attributes: Attributes = {}): Step => ({
    nodes: [node(operation, name, [value, ...parameters], attributes)],
    ...('name' in layer && { weighted: layer }),
  });
  switch (layer.kind) {
    case 'convolution': {
      const [vertical, horizontal] = layer.padding;
      return one('Conv', {
        kernel_shape: layer.kernel,
        strides: layer.stride,
        pads: [vertical, horizontal, vertical, horizontal],
      });
    }
    case 'batch-norm':
      return one('BatchNormalization', { epsilon: { kind: 'float', value: batchNormEpsilon } });
    case 'relu':
      return one('Relu');
    case 'max-pool':
      return one('MaxPool', {
        kernel_shape: [layer.size, layer.size],
        strides: [layer.stride, layer.stride],
      });
    case 'adaptive-average-pool':
      return averagePool(name, value, input, layer.size);
    case 'flatten':
      return one('Flatten', { axis: { kind: 'integer', value: 1 } });
    case 'dense':
      return one('Gemm', { transB: { kind: 'integer', value: 1 } });
    case 'interpolation':
      return interpolation(layer, value);
    case 'dropout':
      return undefined;
  }
}

/** The inputs that are passed on, plus weighted sums of the others. */
function interpolation(
  layer: Extract<Layer, { readonly kind: 'interpolation' }>,
  value: string,
): Step | undefined {
  const { name } = layer;
  const { passed, others } = passedAndOthers(layer);
  if (others.length === 0) return undefined;
  const columns = { axis: { kind: 'integer', value: 1 } } as const;
  const chosen = node('Gather', `${name}.passed`, [value, `${name}.passed`], columns);
  const rest = node('Gather', `${name}.others`, [value, `${name}.others`], columns);
  const sums = [rest.outputs[0]!, `${name}.weight`, chosen.outputs[0]!];
  return {
    nodes: [chosen, rest, node('Gemm', name, sums, { transB: { kind: 'integer', value: 1 } })],
    constants: [integers(`${name}.passed`, passed), integers(`${name}.others`, others)],
    weighted: layer,
  };
}
