/** Each form of a layer, replaced at full rank, gives the same outputs on ONNX Runtime, and exactly one added bias. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { F16 as F16_FORMAT } from '../../src/base/half-floats.ts';
import { constantLayers } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { type OnnxReplacement, writeReplaced } from '../../src/onnx/replace.ts';
import { constants, convolutions, dense, type Form, types } from './forms.ts';
import { fullRank, type Scheme } from './full-rank.ts';
import { difference, NO_RUNTIME, outputsOf, runtime } from './sessions.ts';
import { F16, F64, type SmallModel, values, writeModelFile } from './small-models.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'onnx-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const tolerance = (form: Form): number =>
  Object.values(form.constants ?? {}).some(({ type }) => type === F16) ? 5e-3 : 1e-5;

function feedOf({ x, type }: Form) {
  const data = values(
    x.reduce((a, b) => a * b, 1),
    7,
  );
  if (type === F16) return { shape: x, data: F16_FORMAT.fromFloats(data) };
  return { shape: x, data: type === F64 ? Float64Array.from(data) : data };
}

async function run(path: string, form: Form): Promise<Float32Array> {
  const { y } = await outputsOf(path, { x: feedOf(form) });
  const data = y!.data;
  if (form.type !== F16) return Float32Array.from(data);
  return data instanceof Uint16Array ? F16_FORMAT.toFloats(data) : Float32Array.from(data);
}

function withInputs(form: Form): SmallModel {
  const initializers = form.irVersion === 3 ? Object.entries(form.constants ?? {}) : [];
  return {
    ...form,
    rank: form.x.length,
    inputs: {
      x: form.x,
      ...Object.fromEntries(initializers.map(([name, { shape }]) => [name, shape])),
    },
  };
}

/** Each written model, by the name of its test. */
const written = new Map<string, Buffer>();

/** The outputs before and after. */
async function replacedOutputs(form: Form, scheme: Scheme, bias = false) {
  const path = writeModelFile(folder, withInputs(form));
  const file = openOnnx(path);
  const { layers, whole } = constantLayers(file);
  expect(whole).toEqual([]);
  expect(layers).toHaveLength(1);
  const [layer] = layers;
  const added = bias ? { addedBias: values(layer!.shape[0]!, 5) } : {};
  const made: OnnxReplacement = { ...fullRank(layer!, scheme), ...added };
  writeReplaced(file, new Map([[layer!.name, made]]), folder, 'replaced.onnx');
  file.close();
  const bytes = readFileSync(join(folder, 'replaced.onnx'));
  written.set(expect.getState().currentTestName!, bytes);
  const before = await run(path, form);
  const after = await run(join(folder, 'replaced.onnx'), form);
  return { before, after, layer: layer! };
}

describe.skipIf(!runtime)(`on ONNX Runtime (skipped where ${NO_RUNTIME})`, () => {
  describe.each(['outputs', 'inputs', 'both'] as const)('%s', (scheme) => {
    test.each(Object.entries({ ...dense, ...convolutions, ...constants, ...types }))(
      '%s',
      async (_, form) => {
        const { before, after } = await replacedOutputs(form, scheme);
        expect(difference(after, before)).toBeLessThan(tolerance(form));
      },
    );
  });

  test.each(Object.entries(convolutions))('spatial, %s', async (_, form) => {
    const { before, after } = await replacedOutputs(form, 'spatial');
    expect(difference(after, before)).toBeLessThan(1e-5);
  });

  test.each(Object.entries({ ...dense, ...convolutions, ...types }))(
    'an added bias, %s',
    async (_, form) => {
      const { before, after, layer } = await replacedOutputs(form, 'outputs', true);
      const bias = values(layer.shape[0]!, 5);
      // The stride of the axis of outputs.
      const { data, dims } = (await outputsOf(join(folder, 'model.onnx'), { x: feedOf(form) })).y!;
      const axis = layer.kind === 'convolution' ? 1 : axisOfOutputs(form, dims.length);
      const stride = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
      const expected = before.map(
        (value, i) => value + bias[Math.floor(i / stride) % bias.length]!,
      );
      expect(data.length).toBe(before.length);
      expect(difference(after, expected)).toBeLessThan(tolerance(form));
    },
  );
});

const python = process.env.PIPELINE_PYTHON;
const CHECK = `
import sys
try:
  import onnx
except ImportError:
  sys.exit(3)
for path in sys.argv[1:]:
  onnx.checker.check_model(path, full_check=True)
`;

test('onnx.checker accepts all of them', ({ skip }) => {
  skip(python === undefined || !runtime, 'PIPELINE_PYTHON names no Python, or nothing was written');
  const paths = [...written].map(([name, bytes], index) => {
    const path = join(folder, `${index} ${name.replaceAll(/\W+/g, ' ').slice(-60)}.onnx`);
    writeFileSync(path, bytes);
    return path;
  });
  expect(paths.length).toBeGreaterThan(100);
  try {
    execFileSync(python!, ['-c', CHECK, ...paths], { encoding: 'utf8', stdio: 'pipe' });
  } catch (problem) {
    if ((problem as { status?: number }).status !== 3) throw problem;
    skip('PIPELINE_PYTHON has no onnx');
  }
});

/** Where the weight is the first input, samples are columns. */
function axisOfOutputs({ nodes }: Form, rank: number): number {
  return nodes.at(-1)![1][0] === 'w' ? Math.max(rank - 2, 0) : rank - 1;
}
