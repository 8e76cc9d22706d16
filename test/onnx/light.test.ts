/**
 * The light models of PyPI's onnx package: known networks of opset 9, whose weights are made by `ConstantOfShape`, with
 * their outputs. Replaced at full rank, they give these outputs; with random weights in their place, those of the
 * original. PIPELINE_PYTHON is a Python with onnx. ONNX_LIGHT=all takes all nine models, some of 500 MB.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import onnxProto from 'onnx-proto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { constantLayers, type OnnxLayer } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { type OnnxReplacement, writeReplaced } from '../../src/onnx/replace.ts';
import { fullRank, unmixed } from './full-rank.ts';
import { difference, NO_RUNTIME, outputsOf, runtime } from './sessions.ts';
import { values } from './small-models.ts';

const python = process.env.PIPELINE_PYTHON;
const SMALL = ['light_inception_v1', 'light_shufflenet', 'light_squeezenet'];
const FOLDER = 'import os, onnx; print(os.path.dirname(onnx.__file__))';
const CHECK = 'import sys, onnx; onnx.checker.check_model(sys.argv[1], full_check=True)';

/** The folder of the models. Undefined where there is none. */
function lightFolder(): string | undefined {
  if (python === undefined || !runtime) return undefined;
  // Python says that it has no onnx.
  const found = runPython(['-c', `try:\n  ${FOLDER}\nexcept ImportError: pass`]).trim();
  return found === '' ? undefined : join(found, 'backend', 'test', 'data', 'light');
}

function runPython(args: readonly string[]): string {
  return execFileSync(python!, args, { encoding: 'utf8' });
}

const source = lightFolder();
const reason = runtime ? 'PIPELINE_PYTHON names no Python with onnx' : NO_RUNTIME;
const models = source
  ? readdirSync(source)
      .filter((name) => name.endsWith('.onnx'))
      .map((name) => basename(name, '.onnx'))
      .filter((name) => process.env.ONNX_LIGHT === 'all' || SMALL.includes(name))
  : SMALL;

let folder: string;
beforeEach(({ skip }) => {
  skip(source === undefined, reason);
  folder = mkdtempSync(join(tmpdir(), 'onnx-'));
});
afterEach(() => {
  if (source) rmSync(folder, { recursive: true });
});

/** The path of the model with all layers replaced. */
function replaced(path: string, by: (layer: OnnxLayer) => OnnxReplacement): string {
  const file = openOnnx(path);
  const { layers, whole } = constantLayers(file);
  for (const one of whole) expect(one.reason).toMatch(/depthwise/);
  expect(layers.length).toBeGreaterThan(7);
  writeReplaced(file, new Map(layers.map((one) => [one.name, by(one)])), folder, 'replaced.onnx');
  file.close();
  const written = join(folder, 'replaced.onnx');
  runPython(['-c', CHECK, written]);
  return written;
}

async function outputOf(path: string, image: (count: number) => Float32Array) {
  const file = openOnnx(path);
  const { name, shape } = file.inputs[0] as { name: string; shape: readonly number[] };
  file.close();
  const count = shape.reduce((product, extent) => product * extent, 1);
  return Object.values(await outputsOf(path, { [name]: { shape, data: image(count) } }))[0]!.data;
}

function storedOutput(name: string): ArrayLike<number> {
  const bytes = readFileSync(join(source!, `${name}_output_0.pb`));
  const { floatData, rawData } = onnxProto.onnx.TensorProto.decode(bytes);
  return rawData && rawData.length > 0
    ? new Float32Array(Uint8Array.from(rawData).buffer)
    : floatData!;
}

describe.each(models)('%s', (name) => {
  test('gives the stored outputs', async () => {
    const written = replaced(join(source!, `${name}.onnx`), unmixed);
    // With these weights, the output hardly depends on the image.
    const output = await outputOf(written, (count) => new Float32Array(count).fill(0.5));
    expect(difference(output, storedOutput(name))).toBeLessThan(1e-5);
  });

  test('gives the same outputs with random weights', async () => {
    const path = join(folder, 'random.onnx');
    const script = fileURLToPath(new URL('light_models.py', import.meta.url));
    runPython([script, join(source!, `${name}.onnx`), path]);
    const written = replaced(path, (layer) => fullRank(layer, smallest(layer)));
    const expected = await outputOf(path, values);
    expect(difference(await outputOf(written, values), expected)).toBeLessThan(1e-5);
  });
});

/** The scheme with the smaller factors. */
function smallest({ kind, groups, shape: [outputs, ...rest] }: OnnxLayer) {
  const inputs = kind === 'dense' ? rest[0]! : rest.reduce((a, b) => a * b, 1);
  return outputs! / groups <= inputs ? 'outputs' : 'inputs';
}
