/** Small ONNX models, written by the code that is generated from the official schema. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';

const { AttributeProto, ModelProto } = onnxProto.onnx;

export interface SmallModel {
  readonly nodes: readonly SmallNode[];
  readonly constants?: Readonly<Record<string, SmallTensor>>;
  readonly inputs?: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs?: readonly string[];
  /** Dimensions of the outputs, where they are stated. */
  readonly rank?: number;
  readonly opset?: number;
  readonly irVersion?: number;
  /** Types of inputs and outputs: `TensorProto.DataType`. */
  readonly type?: number;
  /** Further fields of GraphProto. */
  readonly graph?: object;
}

export type SmallNode = readonly [
  operation: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes?: Readonly<Record<string, Attribute>> | undefined,
  name?: string,
];

/** A number is an integer. */
type Attribute = number | string | readonly number[] | { readonly float: number } | object;

/** `data` or fields of TensorProto. */
export interface SmallTensor {
  readonly shape: readonly number[];
  readonly data?:
    | Float32Array
    | Float64Array
    | Int8Array
    | Uint8Array
    | Uint16Array
    | BigInt64Array;
  readonly type?: number;
  readonly fields?: object;
}

export const [F32, F16, F64, BF16] = [1, 10, 11, 16] as const;

export function tensorProto(name: string, { shape, data, type, fields }: SmallTensor): object {
  const rawData = data && new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dims: shape, dataType: type ?? typeOf(data), ...(data && { rawData }), ...fields };
}

export function nodeProto([operation, input, output, attributes = {}, name]: SmallNode): object {
  return {
    ...{ opType: operation, name: name ?? output[0], input, output },
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
  };
}

export function modelBytes(model: SmallModel): Uint8Array {
  const { nodes, constants = {}, inputs = {}, outputs = ['y'], opset = 20, irVersion = 8 } = model;
  const { type = F32, rank, graph } = model;
  const extents = rank === undefined ? undefined : Array.from({ length: rank }, (_, i) => `n${i}`);
  const value = (name: string, shape?: readonly (number | string)[]) => ({
    name,
    type: {
      tensorType: {
        elemType: type,
        ...(shape && {
          shape: {
            dim: shape.map((one) =>
              typeof one === 'number' ? { dimValue: one } : { dimParam: one },
            ),
          },
        }),
      },
    },
  });
  const proto = ModelProto.fromObject({
    irVersion,
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      name: 'small',
      node: nodes.map(nodeProto),
      initializer: Object.entries(constants).map(([name, one]) => tensorProto(name, one)),
      input: Object.entries(inputs).map(([name, shape]) => value(name, shape)),
      output: outputs.map((name) => value(name, extents)),
      ...graph,
    },
  });
  return ModelProto.encode(proto).finish();
}

export function writeModelFile(folder: string, model: SmallModel, name = 'model.onnx'): string {
  const path = join(folder, name);
  writeFileSync(path, modelBytes(model));
  return path;
}

/** As plain JSON, without bytes and default values. */
export function decodedModel(bytes: Uint8Array) {
  const options = { longs: Number, enums: String, bytes: String };
  return ModelProto.toObject(ModelProto.decode(bytes), options);
}

/** Pseudorandom values between -1 and 1, the same each time. */
export function values(count: number, seed = 1): Float32Array<ArrayBuffer> {
  let state = seed * 2654435761;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

export function weight(...shape: readonly number[]): SmallTensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return { shape, data: values(count, shape.length + count) };
}

function attributeProto(name: string, value: Attribute): object {
  const types = AttributeProto.AttributeType;
  if (typeof value === 'number') return { name, type: types.INT, i: value };
  if (typeof value === 'string') return { name, type: types.STRING, s: Buffer.from(value) };
  if (Array.isArray(value)) return { name, type: types.INTS, ints: value };
  if ('float' in value) return { name, type: types.FLOAT, f: value.float };
  if ('node' in value) return { name, type: types.GRAPH, g: value };
  return { name, type: types.TENSOR, t: value };
}

function typeOf(data: SmallTensor['data']): number {
  if (data instanceof Float64Array) return F64;
  if (data instanceof Int8Array) return 3;
  if (data instanceof Uint8Array) return 2;
  if (data instanceof BigInt64Array) return 7;
  return F32;
}

/** The shapes of values between the nodes of a graph; a name is an extent that is not known. */
export const stating = (shapes: Readonly<Record<string, readonly (number | string)[]>>) => ({
  valueInfo: Object.entries(shapes).map(([name, shape]) => ({
    name,
    type: {
      tensorType: {
        elemType: 1,
        shape: {
          dim: shape.map((one) =>
            typeof one === 'number' ? { dimValue: one } : { dimParam: one },
          ),
        },
      },
    },
  })),
});
