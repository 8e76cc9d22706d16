/** Measures each layer of an ONNX model alone: whole, and factored at some ranks. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sizeOf } from '../../../base/axes.ts';
import type { Matrix } from '../../../linalg/matrix.ts';
import type { Factorization } from '../../../linalg/methods/compression-method.ts';
import { fixedBatch } from '../../../nn/runtime/batches.ts';
import { madeFeeds } from '../../../nn/runtime/feeds.ts';
import { statedShapes } from '../../../onnx/extents.ts';
import { writeLayerModel } from '../../../onnx/layer-model.ts';
import { constantLayers } from '../../../onnx/layers.ts';
import { type OnnxFile, openOnnx } from '../../../onnx/open.ts';
import { writeReplaced } from '../../../onnx/replace.ts';
import { type BatchLatency, quartilesOf } from '../../../report/latency.ts';
import { StageError } from '../../../runner/index.ts';
import { foreignLayer } from '../foreign/foreign-layer.ts';
import type { ForeignReplacement } from '../foreign/foreign-parts.ts';
import type { CompressibleLayer } from '../layers/compressible-layer.ts';
import { countedAs } from '../ranks/chosen-ranks.ts';
import { factorsOf, type LayerTime } from './layer-times.ts';
import { MeasuringProcess } from './measuring-process.ts';
import { takeTurns } from './take-turns.ts';

export interface LayersMeasuring {
  readonly rates: readonly number[];
  readonly form: string | null;
  readonly scheme: string;
  readonly batch: number;
  readonly threads: number;
  readonly runs: number;
  /** An empty folder. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

export interface MeasuredLayer {
  readonly time: LayerTime;
  /** Each measurement, to find those that are noisy. */
  readonly measurements: readonly Omit<BatchLatency, 'batch'>[];
}

/** Before the first layer is measured, because that takes a while. */
export function requireShapes(model: OnnxFile, selected: readonly string[]): void {
  const { layers } = constantLayers(model);
  const weights = new Set(
    layers.filter(({ name }) => selected.includes(name)).map(({ weight }) => weight),
  );
  const shapeOf = statedShapes(model);
  for (const { name, weight, input } of layers) {
    // The first axis has the samples.
    const rest = shapeOf(input.value)?.slice(1);
    const isKnown = rest?.every((extent) => typeof extent === 'number') ?? false;
    if (weights.has(weight) && !isKnown) throw withoutShape(name);
  }
}

/**
 * The times of all places of the graph that have the weight of the layer together. Undefined if the scheme has no form
 * for the layer.
 *
 * @param model its external data is beside it
 */
export async function measureLayer(
  model: OnnxFile,
  folder: string,
  layer: string,
  measuring: LayersMeasuring,
): Promise<MeasuredLayer | undefined> {
  const { layers } = constantLayers(model);
  const { weight } = layers.find(({ name }) => name === layer)!;
  const found: MeasuredLayer[] = [];
  for (const { name } of layers.filter((one) => one.weight === weight)) {
    const path = join(folder, 'pipeline.layer.onnx');
    const unstated = writeLayerModel(model, name, path);
    if (unstated.length > 0) throw withoutShape(name);
    const alone = openOnnx(path);
    try {
      const measured = await measureAlone(alone, name, measuring);
      if (!measured) return undefined;
      found.push(measured);
    } finally {
      alone.close();
      rmSync(path);
    }
  }
  return found.reduce(together);
}

async function measureAlone(
  file: OnnxFile,
  name: string,
  measuring: LayersMeasuring,
): Promise<MeasuredLayer | undefined> {
  const { rates, form, scheme, scratch } = measuring;
  const [only] = constantLayers(file).layers;
  // Where it is applied is only for the number of operations.
  const { extents: _, ...described } = only!;
  const layer = foreignLayer({ ...described, name }, scheme);
  if (!layer) return undefined;
  const ranks = ranksFor(layer, rates, form);
  const folder = join(scratch, 'layer');
  mkdirSync(folder);
  try {
    const paths = ranks.map((rank) => {
      const replacement = madeReplacement(layer, rank, form);
      const written = `${rank}.onnx`;
      writeReplaced(file, new Map([[described.name, replacement]]), folder, written);
      return join(folder, written);
    });
    const measurements = await measureInTurn([file.path, ...paths], name, measuring);
    const [whole, ...others] = measurements.map(({ time }) => time.median);
    const { rows, cols } = layer;
    const time = {
      ...{ name, rows, cols, whole: whole! },
      ranks: ranks.map((rank, i) => ({ rank, time: others[i]! })),
    };
    return { time, measurements };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Those that make the layer smaller, ascending. */
function ranksFor(
  layer: CompressibleLayer,
  rates: readonly number[],
  form: string | null,
): readonly number[] {
  const { rankFor, parameters } = countedAs(form, layer);
  const ranks = new Set(rates.map((rate) => rankFor(rate, 'round')));
  return [...ranks]
    .filter((rank) => parameters(rank) < layer.rows * layer.cols)
    .sort((a, b) => a - b);
}

/** The values of factors do not matter for their times, unless they are too small for normal floats. */
function madeReplacement(
  layer: CompressibleLayer<ForeignReplacement>,
  rank: number,
  form: string | null,
): ForeignReplacement {
  const made = (rows: number, cols: number): Matrix => ({
    ...{ rows, cols },
    data: Float32Array.from({ length: sizeOf([rows, cols]) }, (_, i) => ((i % 101) - 50) / 1000),
  });
  const factorization: Factorization = {
    left: made(layer.rows / layer.matrices.length, rank),
    ...(factorsOf(form) === 3 && { core: made(rank, rank) }),
    right: made(rank, layer.cols),
    rank,
  };
  return layer.replace(layer.matrices.map(() => factorization));
}

async function measureInTurn(
  paths: readonly string[],
  name: string,
  { batch, threads, runs, signal }: LayersMeasuring,
): Promise<readonly Omit<BatchLatency, 'batch'>[]> {
  const processes: MeasuringProcess[] = [];
  try {
    for (const path of paths) {
      processes.push(await MeasuringProcess.open({ path, threads, name }, signal));
    }
    const feeds = processes.map((one) => madeFeeds(one, fixedBatch(one) ?? batch));
    const { times, memory, othersLoad } = await takeTurns(processes, feeds, runs, () => undefined);
    return times.map((some, i) => ({
      ...{ time: quartilesOf(some), original: null, runs: some.length },
      ...{ memory: memory[i]!, othersLoad },
    }));
  } finally {
    for (const one of processes) one.close();
  }
}

/** Layers with one weight have the same ranks. */
function together(a: MeasuredLayer, b: MeasuredLayer): MeasuredLayer {
  return {
    time: {
      ...a.time,
      whole: a.time.whole + b.time.whole,
      ranks: a.time.ranks.map(({ rank, time }, i) => ({
        rank,
        time: time + b.time.ranks[i]!.time,
      })),
    },
    measurements: [...a.measurements, ...b.measurements],
  };
}

function withoutShape(layer: string): StageError {
  return new StageError(
    `the layer ${layer} can't be measured: the model does not state the shape of its input`,
    'run the shape inference of ONNX on the model first, or leave the layer out with "layers"',
  );
}
