/** Other weights in the places of the old ones: everything else of the file stays. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { constantLayers } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { writeWeights } from '../../src/onnx/replace-weights.ts';
import {
  BF16,
  decodedModel,
  F32,
  F64,
  modelBytes,
  type SmallModel,
  values,
  weight,
} from './small-models.ts';

const root = mkdtempSync(join(tmpdir(), 'weights-'));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
const folder = () => {
  const path = join(root, String(folders++));
  mkdirSync(path);
  return path;
};

/** The path of the model, where `layer` has the elements. */
function changed(
  model: SmallModel,
  layer: string,
  elements: Float32Array,
  { limit, external }: { limit?: number; external?: Readonly<Record<string, Uint8Array>> } = {},
): string {
  const [from, to] = [folder(), folder()];
  writeFileSync(join(from, 'm.onnx'), modelBytes(model));
  for (const [name, bytes] of Object.entries(external ?? {}))
    writeFileSync(join(from, name), bytes);
  const file = openOnnx(join(from, 'm.onnx'));
  try {
    writeWeights(file, new Map([[layer, elements]]), to, 'm.onnx', limit);
  } finally {
    file.close();
  }
  return join(to, 'm.onnx');
}

function layersOf(path: string) {
  const file = openOnnx(path);
  try {
    const { layers } = constantLayers(file);
    return Object.fromEntries(
      layers.map(({ name, dtype, shape, read }) => [name, { dtype, shape, data: read() }]),
    );
  } finally {
    file.close();
  }
}

const two: SmallModel = {
  inputs: { x: ['N', 3] },
  constants: { a: weight(3, 4), b: weight(2, 4) },
  nodes: [
    ['MatMul', ['x', 'a'], ['h'], {}, 'first'],
    ['Gemm', ['h', 'b'], ['y'], { transB: 1 }, 'second'],
  ],
};
const elements = values(12, 9);

describe('new weights', () => {
  it.each([undefined, 3])(
    'are stored in the layout of the old ones, in version %s',
    (irVersion) => {
      const stored = { inputs: { ...two.inputs, ...(irVersion && { a: [3, 4], b: [2, 4] }) } };
      const model = { ...two, ...stored, ...(irVersion && { irVersion, opset: 8 }) };
      const nodes = irVersion ? two.nodes.slice(0, 1) : two.nodes;
      const outputs = irVersion ? ['h'] : ['y'];
      const path = changed({ ...model, nodes, outputs }, 'first', elements);
      expect(layersOf(path).first).toEqual({ dtype: 'F32', shape: [4, 3], data: elements });
      const [before, after] = [modelBytes({ ...model, nodes, outputs }), readFileSync(path)].map(
        (bytes) => decodedModel(bytes).graph!,
      );
      expect(after!.node).toEqual(before!.node);
      expect(after!.output).toEqual(before!.output);
      const named = ({ initializer }: { readonly initializer?: readonly { name?: string }[] }) =>
        new Set(initializer!.map(({ name }) => name));
      expect(named(after!)).toEqual(named(before!));
      expect(after!.input!.length).toBe(before!.input!.length);
    },
  );

  it('keep the other weights, and change no byte if there are none', () => {
    const path = changed(two, 'second', values(8, 3));
    const [found, before] = [layersOf(path), two.constants!];
    expect(found.second!.data).toEqual(values(8, 3));
    const { data } = found.first!;
    expect(data.toSorted()).toEqual((before.a!.data as Float32Array).toSorted());
    const [from, to] = [folder(), folder()];
    writeFileSync(join(from, 'm.onnx'), modelBytes(two));
    const file = openOnnx(join(from, 'm.onnx'));
    writeWeights(file, new Map(), to, 'm.onnx');
    file.close();
    expect(readFileSync(join(to, 'm.onnx')).equals(modelBytes(two))).toBe(true);
  });

  it.each([
    ['F64', F64, new Float64Array(12)],
    ['BF16', BF16, new Uint16Array(12)],
  ] as const)('have the type of the old ones: %s', (dtype, type, data) => {
    const nodes: SmallModel['nodes'] = [
      ['Cast', ['a'], ['c'], { to: F32 }],
      ['MatMul', ['x', 'c'], ['y'], {}, 'only'],
    ];
    const constants = { a: { shape: [3, 4], type, data } };
    const whole = Float32Array.from({ length: 12 }, (_, i) => i - 6);
    const found = layersOf(changed({ ...two, nodes, constants }, 'only', whole)).only!;
    expect(found).toEqual({ dtype, shape: [4, 3], data: whole });
  });

  it('replace external data, or are external data if the file would be too large', () => {
    const entries = { location: 'm.onnx.data', offset: '0', length: '48' };
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    const a = { shape: [3, 4], type: F32, fields: { dataLocation: 1, externalData } };
    const model = { ...two, constants: { ...two.constants!, a } };
    const external = { 'm.onnx.data': Buffer.from(weight(3, 4).data!.buffer) };
    const inside = changed(model, 'first', elements, { external });
    expect(layersOf(inside).first!.data).toEqual(elements);
    expect(() => statSync(`${inside}.data`)).toThrow('ENOENT');
    const outside = changed(model, 'first', elements, { external, limit: 10 });
    expect(layersOf(outside).first!.data).toEqual(elements);
    const kept = changed(model, 'second', values(8, 3), { external, limit: 10 });
    const found = layersOf(kept);
    expect(found.second!.data).toEqual(values(8, 3));
    expect(found.first!.data.toSorted()).toEqual((weight(3, 4).data as Float32Array).toSorted());
  });

  it('are refused for weights that nodes compute', () => {
    const constants = { a: { shape: [3, 4], data: new Int8Array(12) }, s: weight(1) };
    const nodes: SmallModel['nodes'] = [
      ['DequantizeLinear', ['a', 's'], ['c']],
      ['MatMul', ['x', 'c'], ['y'], {}, 'only'],
    ];
    expect(() => changed({ ...two, nodes, constants }, 'only', elements)).toThrow('is not plain');
  });
});
