/** Computes the right factors of a compressed ONNX model again, layer after layer. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asStored } from '../../../base/half-floats.ts';
import type { ModelSamples } from '../../../datasets/model-samples.ts';
import type { Matrix } from '../../../linalg/matrix.ts';
import { multiply } from '../../../linalg/multiply.ts';
import { type InputArtifact, type StageContext, StageError } from '../../../runner/index.ts';
import { type ForeignJson, foreignJson, foreignJsonOf } from '../models/foreign-json.ts';
import { defaultImageInput } from '../models/image-input.ts';
import {
  biasDifference,
  type Part,
  type RepairedLayer,
  repairedHistory,
  repairLayer,
  requireFactors,
  requireHeldOut,
} from '../moments/repair-layer.ts';
import { calibrationIndices, type ImagesAsked } from '../samples/calibration-images.ts';
import { chosenSamples } from '../samples/chosen-samples.ts';
import { onnxData } from '../samples/onnx-samples.ts';
import { type FactorChain, factorChains, tooManyInputs } from './factor-chains.ts';
import type { ForeignFile } from './foreign-file.ts';
import type { ForeignLayer } from './foreign-layer.ts';
import { classesOf } from './foreign-moments.ts';
import { runtimeFolder } from './named-folder.ts';
import { type ObservedInputs, observe } from './observed-inputs.ts';
import { openOnnxModel } from './onnx-model.ts';

/** A model, and its files in a folder for ONNX Runtime. */
interface Side {
  readonly json: ForeignJson;
  readonly file: ForeignFile;
  readonly folder: string;
}

/** The repaired layers. */
export async function repairForeign(
  context: StageContext<ImagesAsked>,
): Promise<readonly RepairedLayer[]> {
  const compressed = openSide(context, 'model');
  try {
    const original = openSide(context, 'original');
    try {
      return await repairSides(context, compressed, original);
    } finally {
      original.file.close();
    }
  } finally {
    compressed.file.close();
  }
}

function openSide({ input, scratch }: StageContext<unknown>, port: 'model' | 'original'): Side {
  const source: InputArtifact = input(port);
  const json = foreignJsonOf(source);
  if (json?.format !== 'onnx') {
    throw new StageError(
      `its input "${port}" is not an ONNX model`,
      json
        ? 'only PyTorch can run a model that is stored as safetensors: export it to ONNX'
        : 'use the model that was compressed',
    );
  }
  const folder = runtimeFolder(source, join(scratch, port));
  return { json, file: openOnnxModel(source, json.file), folder };
}

async function repairSides(
  context: StageContext<ImagesAsked>,
  compressed: Side,
  original: Side,
): Promise<readonly RepairedLayer[]> {
  const { progress, log, scratch } = context;
  const { json } = compressed;
  const described = ({ file, json: { history } }: Side) => ({ file, history });
  const { chains, whole } = factorChains(described(compressed), described(original));
  const unrepaired = [...whole];
  const rights = new Map<string, Float32Array>();
  const layers: RepairedLayer[] = [];
  for (const [i, chain] of chains.entries()) {
    progress({ fraction: i / chains.length, message: chain.original.name });
    // Each repair changes the inputs of the next layers.
    const now = rights.size === 0 ? compressed : written(compressed, rights, join(scratch, `${i}`));
    try {
      const found = await repairChain(context, chain, now, original, i);
      if (!found) unrepaired.push(tooManyInputs(chain.original));
      else {
        layers.push(found.layer);
        if (found.layer.ridge !== null) rights.set(chain.right.name, found.right);
      }
    } finally {
      if (now !== compressed) remove(now);
    }
  }
  for (const { name, reason } of unrepaired) log(`${name} stays as it is: ${reason}`);
  requireFactors(json.history, layers.length);
  const folder = context.output('model');
  compressed.file.writeWithWeights!(rights, folder);
  const history = repairedHistory(json.history, layers);
  writeFileSync(join(folder, 'model.json'), foreignJson({ ...json, history }));
  return layers;
}

/** The model with the layers that are repaired so far, in a new folder. */
function written({ json, file }: Side, rights: ReadonlyMap<string, Float32Array>, folder: string) {
  mkdirSync(folder);
  file.writeWithWeights!(rights, folder);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const given = { files, path: (name: string) => join(folder, name) };
  return { json, folder, file: openOnnxModel(given, json.file) };
}

function remove({ file, folder }: Side): void {
  file.close();
  rmSync(folder, { recursive: true });
}

/** Undefined if the layer is too large to be measured. */
async function repairChain(
  context: StageContext<ImagesAsked>,
  chain: FactorChain,
  compressed: Side,
  original: Side,
  number: number,
): Promise<{ readonly layer: RepairedLayer; readonly right: Float32Array } | undefined> {
  const before = observe(original.file, [chain.original], original.folder, number);
  try {
    const now = observe(compressed.file, [chain.right], compressed.folder, number);
    try {
      return await repairObserved(context, chain, { before, now, json: compressed.json });
    } finally {
      now.dispose();
    }
  } finally {
    before.dispose();
  }
}

interface Observed {
  readonly before: ObservedInputs;
  readonly now: ObservedInputs;
  readonly json: ForeignJson;
}

async function repairObserved(
  { parameters, input, signal }: StageContext<ImagesAsked>,
  { original, right, rest }: FactorChain,
  { before, now, json }: Observed,
) {
  const image = json.input ?? defaultImageInput;
  const { samples } = onnxData(input('data'), before.session, image, 'train');
  const { calibration, heldOut } = calibrationIndices(classesOf(samples), parameters);
  requireHeldOut(heldOut.length, calibration.length);
  const chosen: Readonly<Record<Part, ModelSamples>> = {
    calibration: chosenSamples(samples, calibration),
    heldOut: chosenSamples(samples, heldOut),
  };
  const given = {
    weight: matrixOf(original),
    shift: biasDifference(original.readBias!(), rest.at(-1)!.readBias!()),
    left: rest.map(matrixOf).reduce((product, one) => multiply(one, product)),
    right: matrixOf(right),
  };
  const inputs = {
    original: (part: Part) => rowsIn(before, chosen[part], signal),
    compressed: (part: Part) => rowsIn(now, chosen[part], signal),
  };
  try {
    const found = await repairLayer(original.name, given, inputs, (one) => asWritten(right, one));
    if (!('layer' in found)) return undefined;
    return { layer: found.layer, right: found.right.data as Float32Array };
  } catch (problem) {
    if (!(problem instanceof RangeError)) throw problem;
    throw new StageError(
      `${original.name} can't be repaired: ${problem.message}`,
      'use the model that was compressed as the input "original", and check that both models give finite numbers',
    );
  }
}

async function* rowsIn(
  { rows }: ObservedInputs,
  samples: ModelSamples,
  signal: AbortSignal,
): AsyncGenerator<Matrix> {
  for await (const { rows: some } of rows(samples, signal)) yield some;
}

function matrixOf({ shape: [rows, cols], read }: ForeignLayer): Matrix {
  return { rows: rows!, cols: cols!, data: read() };
}

function asWritten({ dtype, type = dtype }: ForeignLayer, { rows, cols, data }: Matrix): Matrix {
  return { rows, cols, data: asStored(asStored(Float32Array.from(data), dtype), type) };
}
