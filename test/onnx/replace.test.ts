/** What a written model keeps, shares, adds and leaves out. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { constantLayers } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { type OnnxReplacement, writeReplaced } from '../../src/onnx/replace.ts';
import { fullRank } from './full-rank.ts';
import { replaced, type Tensor, two } from './replaced.ts';
import {
  decodedModel,
  F16,
  nodeProto,
  type SmallModel,
  type SmallTensor,
  values,
  weight,
  writeModelFile,
} from './small-models.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-'));
  mkdirSync(join(folder, 'out'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const namesOf = (all: readonly { readonly name: string }[] = []) => all.map(({ name }) => name);

test('a model without replacements has the same bytes', () => {
  const { before, after } = replaced(folder, two, []);
  expect(after.equals(before)).toBe(true);
});

test('a replaced node becomes nodes with names derived from it, and its weight is left out', () => {
  const { graph } = replaced(folder, two, ['last']);
  expect(namesOf(graph.node)).toEqual(['first', 'between', 'last.right', 'last.left']);
  expect(namesOf(graph.initializer)).toEqual(['u', 'unused', 'w.right', 'w.left']);
  expect(graph.node[2].input).toEqual(['r', 'w.right']);
  expect(graph.node[3].output).toEqual(['y']);
});

test('names that are taken are not used again', () => {
  const nodes = [...two.nodes, ['Relu', ['r'], ['w.right'], {}, 'last.left'] as const];
  const { graph } = replaced(folder, { ...two, nodes }, ['last']);
  const names = [...namesOf(graph.node), ...namesOf(graph.initializer)];
  expect(new Set(names).size).toBe(names.length);
  expect(namesOf(graph.initializer)).toContain('w.right.2');
});

test('other parts stay byte for byte, with fields that nobody knows', () => {
  const path = writeModelFile(folder, two);
  const { ModelProto } = onnxProto.onnx;
  const model = ModelProto.decode(readFileSync(path));
  model.producerName = 'someone';
  model.metadataProps = [{ key: 'a', value: 'b' }];
  model.graph!.docString = 'about the graph';
  model.graph!.node![1]!.docString = 'about the node';
  // Field 1000, which no version of the format has.
  const unknown = Uint8Array.of(0xc2, 0x3e, 3, 1, 2, 3);
  const bytes = Buffer.concat([ModelProto.encode(model).finish(), unknown]);
  writeFileSync(path, bytes);
  const file = openOnnx(path);
  const layer = constantLayers(file).layers[1]!;
  writeReplaced(file, new Map([[layer.name, fullRank(layer, 'inputs')]]), folder, 'new.onnx');
  file.close();
  const after = readFileSync(join(folder, 'new.onnx'));
  expect(after.subarray(-6).equals(unknown)).toBe(true);
  const { graph: was, ...top } = decodedModel(bytes);
  const { graph: is, ...topAfter } = decodedModel(after);
  expect(topAfter).toEqual(top);
  expect(is.node.slice(0, 2)).toEqual(was.node.slice(0, 2));
  expect(is.initializer.slice(0, 1)).toEqual(was.initializer.slice(0, 1));
  expect([is.docString, is.input, is.output]).toEqual([was.docString, was.input, was.output]);
});

const tied: SmallModel = {
  nodes: [
    ['Transpose', ['v'], ['t'], {}],
    ['MatMul', ['x', 't'], ['a'], {}, 'one'],
    ['MatMul', ['a', 't'], ['b'], {}, 'two'],
    ['Transpose', ['v'], ['s'], {}],
    ['MatMul', ['b', 's'], ['y'], {}, 'three'],
  ],
  inputs: { x: [2, 4] },
  constants: { v: weight(4, 4) },
};

test('layers with one weight share their factors', () => {
  const { graph } = replaced(folder, tied);
  expect(namesOf(graph.initializer)).toEqual(['v.right', 'v.left']);
  expect(namesOf(graph.node)).toEqual(
    ['one', 'two', 'three'].flatMap((name) => [`${name}.right`, `${name}.left`]),
  );
});

test('layers with one weight and other factors do not share them', () => {
  const { graph } = replaced(folder, tied, undefined, undefined, (one, name) =>
    name === 'two'
      ? { parts: one.parts.map((part) => ({ ...part, data: part.data.map((v) => 2 * v) })) }
      : one,
  );
  expect(namesOf(graph.initializer)).toEqual(['v.right', 'v.left', 'v.right.2', 'v.left.2']);
});

test('a shared weight stays as long as one layer uses it', () => {
  const { graph } = replaced(folder, tied, ['one']);
  expect(namesOf(graph.initializer)).toEqual(['v', 'v.right', 'v.left']);
});

test('what the file says about constants that are left out is left out', () => {
  const valueInfo = ['w', 'a'].map((name) => ({ name }));
  const { graph } = replaced(folder, { ...two, graph: { valueInfo } });
  expect(namesOf(graph.valueInfo)).toEqual(['a']);
});

test('before version 4 of the format, factors are inputs too', () => {
  const inputs = { x: [2, 4], u: [4, 6], w: [6, 3], unused: [2] };
  const { graph } = replaced(folder, { ...two, inputs, irVersion: 3, opset: 9 }, ['last']);
  expect(namesOf(graph.input)).toEqual(['x', 'u', 'unused', 'w.right', 'w.left']);
});

test('factors are stored in the type of the stored weight', () => {
  const h: SmallTensor = { shape: [6, 3], type: F16, data: new Uint16Array(18).fill(0x3c00) };
  const nodes = [['Cast', ['h'], ['w'], { to: 1 }] as const, ...two.nodes];
  const { graph } = replaced(folder, { ...two, nodes, constants: { u: weight(4, 6), h } }, [
    'last',
  ]);
  const types = graph.initializer.map(({ name, dataType }: Tensor) => [name, dataType]);
  expect(types).toEqual([
    ['u', 1],
    ['h.right', F16],
    ['h.left', F16],
  ]);
  const operations = graph.node.map(({ opType }: { opType: string }) => opType);
  expect(operations).toEqual(['MatMul', 'Relu', 'Cast', 'MatMul', 'Cast', 'MatMul']);
});

test('values that the type of the weight can not represent are refused', () => {
  const w: SmallTensor = { shape: [4, 3], type: F16, data: new Uint16Array(12).fill(0x3c00) };
  const model = { nodes: [['MatMul', ['x', 'w'], ['y']]], constants: { w }, inputs: { x: [2, 4] } };
  const large = (one: OnnxReplacement) => ({
    parts: one.parts.map((part) => ({ ...part, data: part.data.map(() => 1e5) })),
  });
  expect(() => replaced(folder, model as never as SmallModel, undefined, undefined, large)).toThrow(
    /'w\.right' has values that F16 can't represent/,
  );
});

test('a bias is refused where the number of axes of the output is not known', () => {
  const model: SmallModel = {
    nodes: [
      ['Relu', ['x'], ['r']],
      ['MatMul', ['w', 'r'], ['y'], {}, 'first'],
    ],
    ...{ inputs: { x: [4, 2] }, constants: { w: weight(3, 4) } },
  };
  const withBias = (one: OnnxReplacement) => ({ ...one, addedBias: values(3) });
  const message = /'first' can't get a bias: the model does not state the shape of its output/;
  expect(() => replaced(folder, model, undefined, undefined, withBias)).toThrow(message);
});

test('an existing file is not overwritten', () => {
  writeFileSync(join(folder, 'out', 'model.onnx'), 'mine');
  expect(() => replaced(folder, two)).toThrow(/EEXIST/);
  expect(readFileSync(join(folder, 'out', 'model.onnx'), 'utf8')).toBe('mine');
});

test('a constant that a branch reads stays', () => {
  const branch = (name: string) => ({
    node: [nodeProto(['Add', ['y', 'w'], [name]])],
    output: [{ name }],
  });
  const nodes = [
    ...two.nodes,
    ['If', ['c'], ['z'], { then_branch: branch('i'), else_branch: branch('j') }] as const,
  ];
  const path = writeModelFile(folder, {
    ...two,
    nodes,
    inputs: { x: [2, 4], c: [1] },
    outputs: ['z'],
  });
  const file = openOnnx(path);
  const { layers, whole } = constantLayers(file);
  file.close();
  expect(namesOf(layers)).toEqual(['first']);
  expect(whole).toEqual([
    { name: 'last', operation: 'MatMul', reason: "its weight has another use: the node 'z'" },
  ]);
});
