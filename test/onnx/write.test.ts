/** Written models are read by the code that is generated from the official schema. */
import onnxProto from 'onnx-proto';
import { expect, test } from 'vitest';
import { OnnxGraphBuilder } from '../../src/onnx/graph-builder.ts';
import type { OnnxAttributes, OnnxModel } from '../../src/onnx/model.ts';
import { onnxBytes } from '../../src/onnx/write.ts';

const { ModelProto, AttributeProto, TensorProto } = onnxProto.onnx;

/** As plain JSON: numbers for int64, names for enumerations, base64 for bytes. */
function read(bytes: Uint8Array) {
  const model = ModelProto.decode(bytes);
  expect(ModelProto.verify(model)).toBeNull();
  return ModelProto.toObject(model, { longs: Number, enums: String, bytes: String });
}

function withAttributes(attributes: OnnxAttributes): OnnxModel {
  const node = { name: 'n', operation: 'Op', inputs: ['a', '', 'b'], outputs: ['c', 'd'] };
  return {
    graph: {
      name: 'g',
      nodes: [{ ...node, domain: 'com.example', attributes }],
      ...{ initializers: [], inputs: [], outputs: [] },
    },
    opsets: { '': 20, 'com.example': 1 },
  };
}

test('a model has its version and its operator sets', () => {
  const { irVersion, opsetImport, graph } = read(onnxBytes(withAttributes({})));
  expect(irVersion).toBe(9);
  expect(opsetImport).toEqual([{ version: 20 }, { domain: 'com.example', version: 1 }]);
  expect(graph).toMatchObject({ name: 'g', node: [{ domain: 'com.example', opType: 'Op' }] });
  expect(graph.node[0]).toMatchObject({ name: 'n', input: ['a', '', 'b'], output: ['c', 'd'] });
});

test.each([
  [
    { kind: 'float', value: 0.5 },
    { type: 'FLOAT', f: 0.5 },
  ],
  [
    { kind: 'integer', value: -3 },
    { type: 'INT', i: -3 },
  ],
  [
    { kind: 'integer', value: 2 ** 40 },
    { type: 'INT', i: 2 ** 40 },
  ],
  [
    { kind: 'floats', value: [1, -0.25, 3e38] },
    { type: 'FLOATS', floats: [1, -0.25, Math.fround(3e38)] },
  ],
  [
    { kind: 'integers', value: [0, -1, 2 ** 33] },
    { type: 'INTS', ints: [0, -1, 2 ** 33] },
  ],
  [{ kind: 'integers', value: [] }, { type: 'INTS' }],
  [
    { kind: 'string', value: 'é' },
    { type: 'STRING', s: Buffer.from('é').toString('base64') },
  ],
] as const)('an attribute %j', (attribute, expected) => {
  const { graph } = read(onnxBytes(withAttributes({ one: attribute })));
  expect(graph.node[0].attribute).toEqual([{ name: 'one', ...expected }]);
  expect(AttributeProto.AttributeType[expected.type]).toBeGreaterThan(0);
});

test('the attributes of a builder are of the kinds that their values mean', () => {
  const builder = new OnnxGraphBuilder();
  builder.add('Op', ['x'], { a: 2, b: [1, 2], c: { float: 0.5 }, d: 'text' });
  const { graph } = read(onnxBytes(builder.model('g')));
  const types = graph.node[0].attribute.map(({ type }: { type: string }) => type);
  expect(types).toEqual(['INT', 'INTS', 'FLOAT', 'STRING']);
});

test('tensors and values', () => {
  const builder = new OnnxGraphBuilder();
  builder.input('x', ['batch', 3]);
  builder.input('mask', [2], 'bool');
  builder.output('y', []);
  const floats = builder.constant([2, 1], Float32Array.of(1, -2));
  const whole = builder.constant([1], Int32Array.of(7));
  const scalar = builder.scalar(0.5);
  const axes = builder.integers(-1, 3);
  expect(builder.integers(-1, 3)).toBe(axes);
  const { graph } = read(onnxBytes(builder.model('g')));
  const raw = (array: Float32Array | Int32Array | BigInt64Array) =>
    Buffer.from(array.buffer).toString('base64');
  expect(graph.initializer).toEqual([
    {
      name: floats,
      dataType: TensorProto.DataType.FLOAT,
      dims: [2, 1],
      rawData: raw(Float32Array.of(1, -2)),
    },
    {
      name: whole,
      dataType: TensorProto.DataType.INT32,
      dims: [1],
      rawData: raw(Int32Array.of(7)),
    },
    { name: scalar, dataType: TensorProto.DataType.FLOAT, rawData: raw(Float32Array.of(0.5)) },
    {
      name: axes,
      dataType: TensorProto.DataType.INT64,
      dims: [2],
      rawData: raw(BigInt64Array.of(-1n, 3n)),
    },
  ]);
  const tensorType = (elemType: number, dim: object[]) => ({
    tensorType: { elemType, shape: dim.length > 0 ? { dim } : {} },
  });
  expect(graph.input).toEqual([
    { name: 'x', type: tensorType(1, [{ dimParam: 'batch' }, { dimValue: 3 }]) },
    { name: 'mask', type: tensorType(9, [{ dimValue: 2 }]) },
  ]);
  expect(graph.output).toEqual([{ name: 'y', type: tensorType(1, []) }]);
});

test('the elements of an external tensor are a file with its name', () => {
  const builder = new OnnxGraphBuilder();
  const name = builder.constant([3], Float32Array.of(1, 2, 3));
  const { graph } = read(onnxBytes(builder.model('g'), ({ bytes }) => bytes.length > 8));
  const [tensor] = graph.initializer;
  expect(tensor).toEqual({
    ...{ name, dims: [3], dataType: TensorProto.DataType.FLOAT, dataLocation: 'EXTERNAL' },
    externalData: [
      { key: 'location', value: name },
      { key: 'offset', value: '0' },
      { key: 'length', value: '12' },
    ],
  });
});
