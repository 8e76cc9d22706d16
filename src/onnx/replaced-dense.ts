/** A `Gemm` or a `MatMul` as a chain of nodes of the same operation. */
import { transposedMatrix } from '../base/axes.ts';
import { ExpectedError } from '../base/expected-error.ts';
import { floatAttribute } from './attributes.ts';
import { alongOutputs, gemmBias } from './constant-bias.ts';
import type { Constants } from './constants.ts';
import type { OnnxAttribute } from './model.ts';
import { addAfter, biasConstant, partConstant, type Rewriting } from './replaced-layer.ts';

/** @param ranks of values of the graph, where the file states them */
export function replaceMatMul(rewriting: Rewriting, ranks: (name: string) => number | undefined) {
  const { layer, replacement, parts, nodes } = rewriting;
  const { node, name, place } = layer;
  let value = node.inputs[1 - place]!;
  for (const [index, part] of replacement.parts.entries()) {
    const isLast = index === replacement.parts.length - 1;
    const [rows, columns] = part.shape as [number, number];
    // Samples as rows: Y = X W^T.
    const constant =
      place === 1
        ? partConstant(rewriting, part, [columns, rows], (elements) =>
            transposedMatrix(elements, rows, columns),
          )
        : partConstant(rewriting, part);
    const partName = parts.name(`${name}.${part.suffix}`);
    nodes.push({
      ...{ name: partName, operation: 'MatMul', attributes: {}, notes: isLast ? node.notes : [] },
      inputs: place === 1 ? [value, constant] : [constant, value],
      outputs: isLast ? node.outputs : [partName],
    });
    value = partName;
  }
  const { addedBias } = replacement;
  if (!addedBias) return;
  if (place === 1) return addAfter(rewriting, [addedBias.length]);
  const rank = ranks(node.outputs[0]!) ?? ranks(node.inputs[1]!);
  if (rank === undefined) {
    throw new ExpectedError(
      `the layer '${name}' can't get a bias: the model does not state the shape of its output`,
      'Run the shape inference of ONNX on the model first, or choose a method that adds no bias.',
    );
  }
  addAfter(rewriting, rank === 1 ? [addedBias.length] : [addedBias.length, 1]);
}

export function replaceGemm(rewriting: Rewriting, constants: Constants): void {
  const { layer, replacement, parts, nodes, opset } = rewriting;
  const { node, name, place, inputAxis } = layer;
  const bias = biasOf(rewriting, constants);
  let value = node.inputs[1 - place]!;
  for (const [index, part] of replacement.parts.entries()) {
    const isLast = index === replacement.parts.length - 1;
    const constant = partConstant(rewriting, part);
    const isTurned = index === 0 && inputAxis === (place === 1 ? -2 : -1);
    const added = isLast ? bias.name : '';
    // A third input is required before opset 11.
    const third = added === '' && opset < 11 ? zero(rewriting) : added;
    const partName = parts.name(`${name}.${part.suffix}`);
    const flag = (isSet: boolean): OnnxAttribute => ({ kind: 'integer', value: isSet ? 1 : 0 });
    nodes.push({
      ...{ name: partName, operation: 'Gemm', notes: isLast ? node.notes : [] },
      inputs: [
        ...(place === 1 ? [value, constant] : [constant, value]),
        ...(third === '' ? [] : [third]),
      ],
      outputs: isLast ? node.outputs : [partName],
      attributes: {
        transA: flag(place === 1 && isTurned),
        transB: flag(place === 1 || isTurned),
        ...(isLast && bias.factor !== 1 && { beta: { kind: 'float', value: bias.factor } }),
      },
    });
    value = partName;
  }
  if (bias.isAddedAfter) addAfter(rewriting, alongOutputs(place, layer.weight.shape[0]!));
}

interface Bias {
  /** Empty if there is none. */
  readonly name: string;
  readonly factor: number;
  readonly isAddedAfter: boolean;
}

function biasOf(rewriting: Rewriting, constants: Constants): Bias {
  const { layer, replacement } = rewriting;
  const { node, place } = layer;
  const name = node.inputs[2] ?? '';
  const factor = name === '' ? 1 : (floatAttribute(constants.bytes, node, 'beta') ?? 1);
  const { addedBias } = replacement;
  if (!addedBias) return { name, factor, isAddedAfter: false };
  const old = gemmBias(constants, layer);
  if (name !== '' && !old) return { name, factor, isAddedAfter: true };
  const shape = alongOutputs(place, addedBias.length);
  const sum = addedBias.map((value, index) => value + (old?.[index] ?? 0));
  return { name: biasConstant(rewriting, shape, sum), factor: 1, isAddedAfter: false };
}

function zero({ layer, parts, nodes }: Rewriting): string {
  const type = layer.weight.type as 'F32';
  const elements = new Float32Array(1);
  const wanted = { purpose: 'zero', name: 'zero', shape: [1], elements, type, stored: type };
  return parts.constant(wanted, nodes);
}
