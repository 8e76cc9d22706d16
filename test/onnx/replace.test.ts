/** What a written model keeps, shares, adds and leaves out. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { constantLayers } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { type OnnxReplacement, writeReplaced } from '../../src/onnx/replace.ts';
import { fullRank } from './full-rank.ts';
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

/** Replaces layers of a model, and returns both files. */
function replaced(
  model: SmallModel,
  names: readonly string[] | undefined = undefined,
  limit: number | undefined = undefined,
  change: (replacement: OnnxReplacement, name: string) => OnnxReplacement = (one) => one,
) {
  const path = writeModelFile(folder, model);
  const file = openOnnx(path);
  const { layers } = constantLayers(file);
  const chosen = layers.filter(({ name }) => names?.includes(name) ?? true);
  const made = chosen.map(
    (layer) => [layer.name, change(fullRank(layer, 'outputs'), layer.name)] as const,
  );
  writeReplaced(file, new Map(made), join(folder, 'out'), 'model.onnx', limit);
  file.close();
  const [before, after] = [path, join(folder, 'out', 'model.onnx')].map((one) => readFileSync(one));
  return {
    before: before!,
    after: after!,
    graph: decodedModel(after!).graph,
    files: readdirSync(join(folder, 'out')).sort(),
  };
}

interface Tensor {
  readonly name: string;
  readonly dataType: number;
  readonly dims: readonly number[];
  readonly rawData?: string;
  readonly externalData?: readonly { readonly key: string; readonly value: string }[];
}

const namesOf = (all: readonly { readonly name: string }[] = []) => all.map(({ name }) => name);

const two: SmallModel = {
  nodes: [
    ['MatMul', ['x', 'u'], ['a'], {}, 'first'],
    ['Relu', ['a'], ['r'], {}, 'between'],
    ['MatMul', ['r', 'w'], ['y'], {}, 'last'],
  ],
  inputs: { x: [2, 4] },
  constants: { u: weight(4, 6), w: weight(6, 3), unused: weight(2) },
};

test('a model without replacements has the same bytes', () => {
  const { before, after } = replaced(two, []);
  expect(after.equals(before)).toBe(true);
});

test('a replaced node becomes nodes with names derived from it, and its weight is left out', () => {
  const { graph } = replaced(two, ['last']);
  expect(namesOf(graph.node)).toEqual(['first', 'between', 'last.right', 'last.left']);
  expect(namesOf(graph.initializer)).toEqual(['u', 'unused', 'w.right', 'w.left']);
  expect(graph.node[2].input).toEqual(['r', 'w.right']);
  expect(graph.node[3].output).toEqual(['y']);
});

test('names that are taken are not used again', () => {
  const nodes = [...two.nodes, ['Relu', ['r'], ['w.right'], {}, 'last.left'] as const];
  const { graph } = replaced({ ...two, nodes }, ['last']);
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
  const { graph } = replaced(tied);
  expect(namesOf(graph.initializer)).toEqual(['v.right', 'v.left']);
  expect(namesOf(graph.node)).toEqual(
    ['one', 'two', 'three'].flatMap((name) => [`${name}.right`, `${name}.left`]),
  );
});

test('layers with one weight and other factors do not share them', () => {
  const { graph } = replaced(tied, undefined, undefined, (one, name) =>
    name === 'two'
      ? { parts: one.parts.map((part) => ({ ...part, data: part.data.map((v) => 2 * v) })) }
      : one,
  );
  expect(namesOf(graph.initializer)).toEqual(['v.right', 'v.left', 'v.right.2', 'v.left.2']);
});

test('a shared weight stays as long as one layer uses it', () => {
  const { graph } = replaced(tied, ['one']);
  expect(namesOf(graph.initializer)).toEqual(['v', 'v.right', 'v.left']);
});

test('what the file says about constants that are left out is left out', () => {
  const valueInfo = ['w', 'a'].map((name) => ({ name }));
  const { graph } = replaced({ ...two, graph: { valueInfo } });
  expect(namesOf(graph.valueInfo)).toEqual(['a']);
});

test('before version 4 of the format, factors are inputs too', () => {
  const inputs = { x: [2, 4], u: [4, 6], w: [6, 3], unused: [2] };
  const { graph } = replaced({ ...two, inputs, irVersion: 3, opset: 9 }, ['last']);
  expect(namesOf(graph.input)).toEqual(['x', 'u', 'unused', 'w.right', 'w.left']);
});

test('factors are stored in the type of the stored weight', () => {
  const h: SmallTensor = { shape: [6, 3], type: F16, data: new Uint16Array(18).fill(0x3c00) };
  const nodes = [['Cast', ['h'], ['w'], { to: 1 }] as const, ...two.nodes];
  const { graph } = replaced({ ...two, nodes, constants: { u: weight(4, 6), h } }, ['last']);
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
  expect(() => replaced(model as never as SmallModel, undefined, undefined, large)).toThrow(
    /'w\.right' has values that F16 can't represent/,
  );
});

const externally = (offset: number, length: number, location = 'all.bin'): object => ({
  externalData: Object.entries({ location, offset, length }).map(([key, value]) => ({
    ...{ key, value: String(value) },
  })),
  dataLocation: 1,
});

/** `two` with its weights in a file, in reverse order. */
const outside: SmallModel = {
  ...two,
  constants: {
    u: { shape: [4, 6], type: 1, fields: externally(80, 96) },
    w: { shape: [6, 3], type: 1, fields: externally(8, 72) },
    unused: { shape: [2], type: 1, fields: externally(0, 8) },
  },
};
const data = values(44);
const bytesOf = (floats: Float32Array) =>
  Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);

function placeOf({ externalData = [] }: Tensor) {
  return Object.fromEntries(externalData.map(({ key, value }) => [key, value]));
}

test('external data that is used is copied, without that of weights that are left out', () => {
  writeFileSync(join(folder, 'all.bin'), bytesOf(data));
  const { graph, files } = replaced(outside, ['last']);
  expect(files).toEqual(['all.bin', 'model.onnx']);
  const written = readFileSync(join(folder, 'out', 'all.bin'));
  for (const [name, old] of [
    ['u', data.subarray(20, 44)],
    ['unused', data.subarray(0, 2)],
  ] as const) {
    const { location, offset, length } = placeOf(
      graph.initializer.find((one: Tensor) => one.name === name),
    );
    expect([location, Number(length)]).toEqual(['all.bin', old.byteLength]);
    const [from, to] = [Number(offset), Number(offset) + old.byteLength];
    expect(written.subarray(from, to).equals(bytesOf(old))).toBe(true);
  }
  expect(written.length).toBeLessThan(2 * 4096);
});

test('a file of external data that is used whole is copied whole, and one that is not used is not', () => {
  writeFileSync(join(folder, 'all.bin'), bytesOf(data));
  expect(replaced(outside, []).files).toEqual(['all.bin', 'model.onnx']);
  expect(readFileSync(join(folder, 'out', 'all.bin')).equals(bytesOf(data))).toBe(true);
  rmSync(join(folder, 'out'), { recursive: true });
  mkdirSync(join(folder, 'out'));
  const { unused, ...constants } = outside.constants!;
  expect(unused).toBeDefined();
  expect(replaced({ ...outside, constants }).files).toEqual(['model.onnx']);
});

test('new weights are outside if the file would be too large', () => {
  const { graph, files } = replaced(two, ['last'], 400);
  expect(files).toEqual(['model.onnx', 'model.onnx.data']);
  const [right, left] = graph.initializer.slice(-2) as [Tensor, Tensor];
  expect([placeOf(right), placeOf(left)]).toEqual([
    { location: 'model.onnx.data', offset: '0', length: '72' },
    { location: 'model.onnx.data', offset: '4096', length: '36' },
  ]);
  const file = openOnnx(join(folder, 'out', 'model.onnx'));
  const outsideWeights = constantLayers(file).layers.map((layer) => layer.read());
  file.close();
  expect(outsideWeights).toEqual(weightsInside());
});

test('new weights do not overwrite data that stays', () => {
  writeFileSync(join(folder, 'model.onnx.data'), bytesOf(data));
  const fields = externally(80, 96, './model.onnx.data');
  const constants = { ...two.constants, u: { shape: [4, 6], type: 1, fields } };
  const { graph, files } = replaced({ ...two, constants }, ['last'], 400);
  expect(files).toEqual(['model.onnx', 'model.onnx.2.data', 'model.onnx.data']);
  expect(placeOf(graph.initializer.at(-1)).location).toBe('model.onnx.2.data');
  const file = openOnnx(join(folder, 'out', 'model.onnx'));
  const first = constantLayers(file).layers[0]!.read();
  file.close();
  expect([...first].sort()).toEqual([...data.subarray(20, 44)].sort());
});

/** The weights of `two` with its last layer replaced, in one file. */
function weightsInside(): readonly Float32Array[] {
  rmSync(join(folder, 'out'), { recursive: true });
  mkdirSync(join(folder, 'out'));
  replaced(two, ['last']);
  const file = openOnnx(join(folder, 'out', 'model.onnx'));
  const read = constantLayers(file).layers.map((layer) => layer.read());
  file.close();
  return read;
}

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
  expect(() => replaced(model, undefined, undefined, withBias)).toThrow(message);
});

test('an existing file is not overwritten', () => {
  writeFileSync(join(folder, 'out', 'model.onnx'), 'mine');
  expect(() => replaced(two)).toThrow(/EEXIST/);
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
