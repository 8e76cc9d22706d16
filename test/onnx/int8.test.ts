/** Weights in 8 bits: the written model computes with exactly the values that are reported, and is valid. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asStored, F16 as F16_FORMAT } from '../../src/base/half-floats.ts';
import { dequantized, int8Scales, int8Values } from '../../src/linalg/int8.ts';

import { constantLayers, type OnnxLayer } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import {
  type OnnxReplacement,
  type ReplacementPart,
  writeReplaced,
} from '../../src/onnx/replace.ts';
import { fullRank } from './full-rank.ts';
import { difference, type Feed, NO_RUNTIME, outputsOf, runtime } from './sessions.ts';
import {
  F16,
  F64,
  type SmallModel,
  type SmallTensor,
  values,
  weight,
  writeModelFile,
} from './small-models.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-'));
  for (const name of ['int8', 'floats']) mkdirSync(join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true }));

type Form = Omit<SmallModel, 'inputs'> & { readonly x: readonly number[] };

const half: SmallTensor = {
  ...{ shape: [6, 4], type: F16 },
  data: F16_FORMAT.fromFloats(values(24)),
};
const kernel = { w: weight(6, 4, 3, 2), b: weight(6) };

const forms: Readonly<Record<string, Form>> = {
  MatMul: { nodes: [['MatMul', ['x', 'w'], ['y']]], constants: { w: weight(6, 4) }, x: [3, 6] },
  'MatMul with the weight first': {
    ...{ nodes: [['MatMul', ['w', 'x'], ['y']]], constants: { w: weight(4, 6) }, x: [6, 3] },
  },
  Gemm: {
    nodes: [['Gemm', ['x', 'w', 'b'], ['y'], { alpha: { float: 0.5 } }]],
    ...{ constants: { w: weight(6, 4), b: weight(4) }, x: [3, 6], opset: 13 },
  },
  'Gemm with the weight first': {
    nodes: [['Gemm', ['w', 'x'], ['y'], { transA: 1, transB: 1 }]],
    ...{ constants: { w: weight(6, 4) }, x: [3, 6] },
  },
  Conv: {
    nodes: [['Conv', ['x', 'w', 'b'], ['y'], { strides: [2, 1], pads: [1, 0, 0, 1] }]],
    ...{ constants: kernel, x: [2, 4, 7, 5] },
  },
  'a weight stored in 16 bits': {
    nodes: [
      ['Cast', ['h'], ['w'], { to: 1 }],
      ['MatMul', ['x', 'w'], ['y']],
    ],
    ...{ constants: { h: half }, x: [3, 6] },
  },
  '16-bit floats': {
    ...{ nodes: [['MatMul', ['x', 'w'], ['y']]], constants: { w: half }, x: [3, 6], type: F16 },
  },
  '64-bit floats': {
    nodes: [['MatMul', ['x', 'w'], ['y']]],
    constants: { w: { shape: [6, 4], type: F64, data: Float64Array.from(values(24)) } },
    ...{ x: [3, 6], type: F64 },
  },
};

const inInt8 = (part: ReplacementPart, { type }: OnnxLayer): ReplacementPart => {
  const scales = int8Scales(part.data, part.shape[0]!);
  const int8 = { values: int8Values(part.data, scales), scales };
  return { ...part, data: asStored(dequantized(int8), type), int8 };
};

const whole = (layer: OnnxLayer): OnnxReplacement => {
  const keeps = layer.shape.slice(2).map(() => true);
  return { parts: [{ suffix: 'whole', shape: layer.shape, data: layer.read(), keeps }] };
};

const replacements = {
  'the whole layer': whole,
  factors: (layer: OnnxLayer) => fullRank(layer, 'outputs'),
};

/** Writes the model in 8 bits and with floats of the same values. */
function written(form: SmallModel, make: (layer: OnnxLayer) => OnnxReplacement) {
  const file = openOnnx(writeModelFile(folder, form));
  const { layers } = constantLayers(file);
  const all = layers.map((layer) => {
    const { parts } = make(layer);
    return [layer.name, { parts: parts.map((part) => inInt8(part, layer)) }] as const;
  });
  const floats = all.map(([name, { parts }]) => {
    const plain = parts.map(({ int8: _int8, ...part }) => part);
    return [name, { parts: plain }] as const;
  });
  writeReplaced(file, new Map(all), join(folder, 'int8'), 'model.onnx');
  writeReplaced(file, new Map(floats), join(folder, 'floats'), 'model.onnx');
  file.close();
  const [int8, plain] = ['int8', 'floats'].map((name) => join(folder, name, 'model.onnx'));
  return { int8: int8!, floats: plain!, parts: all.flatMap(([, { parts }]) => parts) };
}

function feed({ x, type }: Form): Feed {
  const floats = values(x.reduce((product, extent) => product * extent, 1));
  if (type === F16) return { shape: x, data: F16_FORMAT.fromFloats(floats) };
  return { shape: x, data: type === F64 ? Float64Array.from(floats) : floats };
}

describe.each(Object.entries(replacements))('%s in 8 bits', (_, make) => {
  test.for(Object.entries(forms))(
    '%s gives the outputs of the reported values',
    async ([, { x, ...form }], { skip }) => {
      skip(runtime === undefined, NO_RUNTIME);
      const { int8, floats } = written({ ...form, inputs: { x } }, make);
      const feeds = { x: feed({ x, ...form }) };
      const [actual, expected] = [await outputsOf(int8, feeds), await outputsOf(floats, feeds)];
      // Between two casts, ONNX Runtime leaves out the rounding to 16 bits. The floats of the other model are rounded.
      const hasHalves = Object.values(form.constants!).includes(half);
      const rounding = hasHalves ? 1e-3 : 0;
      expect(difference(actual.y!.data, expected.y!.data)).toBeLessThanOrEqual(rounding);
    },
  );

  test.each(Object.entries(forms))('%s is read again with the reported values', (_name, form) => {
    const { x, ...model } = form;
    const { int8, parts } = written({ ...model, inputs: { x } }, make);
    const file = openOnnx(int8);
    const { layers } = constantLayers(file);
    expect(layers.map((layer) => layer.read())).toEqual(parts.map(({ data }) => data));
    const sizes = file.graph.initializers.map(({ type, count }) => [type, count]);
    for (const { int8: stored } of parts) {
      expect(sizes).toContainEqual(['I8', stored!.values.length]);
      expect(sizes).toContainEqual(['F32', stored!.scales.length]);
    }
    file.close();
  });
});

test('shared weights stay shared in 8 bits', () => {
  const { int8 } = written(
    {
      nodes: [
        ['MatMul', ['x', 'w'], ['a'], {}, 'one'],
        ['MatMul', ['a', 'w'], ['y'], {}, 'two'],
      ],
      ...{ constants: { w: weight(4, 4) }, inputs: { x: [2, 4] } },
    },
    whole,
  );
  const file = openOnnx(int8);
  expect(file.graph.initializers.map(({ name }) => name)).toEqual(['w.whole', 'w.whole.scale']);
  expect(file.graph.nodes.map(({ operation }) => operation)).toEqual([
    ...['DequantizeLinear', 'MatMul', 'MatMul'],
  ]);
  file.close();
});

test('a model of an older operator set is refused with advice', () => {
  const model = { ...forms.MatMul!, inputs: { x: [3, 6] }, opset: 12 };
  expect(() => written(model, whole)).toThrow(
    /weights in 8 bits need opset 13, and the model has opset 12/,
  );
});

const python = process.env.PIPELINE_PYTHON ?? 'python3';
const check = `
import sys
import onnx
for path in sys.argv[1:]:
    model = onnx.shape_inference.infer_shapes(onnx.load(path), strict_mode=True)
    onnx.checker.check_model(model, full_check=True)
`;

test('the checker of ONNX accepts the models', ({ skip }) => {
  const hasOnnx = spawnSync(python, ['-c', 'import onnx']).status === 0;
  skip(!hasOnnx, `${python} has no onnx; PIPELINE_PYTHON names another Python`);
  const paths: string[] = [];
  for (const { x, ...form } of Object.values(forms)) {
    for (const make of Object.values(replacements)) {
      const { int8, floats } = written({ ...form, inputs: { x } }, make);
      const kept = join(folder, `${paths.length}.onnx`);
      renameSync(int8, kept);
      rmSync(floats);
      paths.push(kept);
    }
  }
  const { status, stderr } = spawnSync(python, ['-c', check, ...paths], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
}, 120_000);
