/** The inputs of layers of an ONNX model, by additional outputs of its graph. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelSamples } from '../../../datasets/model-samples.ts';
import type { Matrix } from '../../../linalg/matrix.ts';
import { MomentSum, type SecondMoments } from '../../../linalg/moments/second-moments.ts';
import { type BatchOutput, runBatches } from '../../../nn/runtime/batches.ts';
import { BATCH_SIZE } from '../../../nn/runtime/score.ts';
import { type ModelSession, openModelSession } from '../../../nn/runtime/session.ts';
import { StageError } from '../../../runner/index.ts';
import type { ForeignFile } from './foreign-file.ts';
import type { ForeignLayer } from './foreign-layer.ts';

export interface ObservedInputs {
  readonly session: ModelSession;
  /** The inputs of all layers, batch by batch. A batch may be overwritten by the next one. */
  rows(
    samples: ModelSamples,
    signal: AbortSignal,
  ): AsyncIterable<{ readonly layer: string; readonly rows: Matrix }>;
  /** By the names of the layers. One pass over the samples. */
  moments(samples: ModelSamples, signal: AbortSignal): Promise<ReadonlyMap<string, SecondMoments>>;
  /** Ends the session, and removes its file. */
  dispose(): void;
}

/**
 * The caller disposes of it.
 *
 * @param layers dense ones, whose moments are in memory together
 * @param folder has the external data of the model, and gets a model with more outputs
 * @param number of this call for the folder
 */
export function observe(
  file: ForeignFile,
  layers: readonly ForeignLayer[],
  folder: string,
  number: number,
): ObservedInputs {
  const values = new Map<string, string>();
  const observed = layers.map((layer, i) => ({
    layer,
    outputs: layer.inputs!.map(({ value, axis }, j) => {
      const name = `pipeline.input.${i}.${j}`;
      values.set(name, value);
      return { name, axis };
    }),
  }));
  const path = join(folder, `pipeline.${number}.onnx`);
  file.writeWithOutputs!(values, path);
  const session = openModelSession(path, { name: file.files[0]! });
  const only = { ...session, outputs: session.outputs.filter(({ name }) => values.has(name)) };
  async function* rows(samples: ModelSamples, signal: AbortSignal) {
    for await (const batch of runBatches(only, samples, BATCH_SIZE, signal)) {
      for (const { layer, outputs } of observed) {
        for (const { name, axis } of outputs) {
          yield { layer: layer.name, rows: rowsOf(layer, batch.outputs.get(name)!, axis) };
        }
      }
    }
  }
  return {
    session,
    rows,
    moments: async (samples, signal) => {
      const sums = new Map(layers.map(({ name, shape }) => [name, new MomentSum(shape[1]!)]));
      for await (const { layer, rows: some } of rows(samples, signal)) sums.get(layer)!.add(some);
      return new Map(layers.map((layer) => [layer.name, momentsOf(layer, sums.get(layer.name)!)]));
    },
    dispose: () => {
      session.dispose();
      rmSync(path);
    },
  };
}

/** One row for each vector along the axis. */
function rowsOf(
  { name, shape: weight }: ForeignLayer,
  { shape, values }: BatchOutput,
  axis: number,
): Matrix {
  const cols = weight[1]!;
  const place = axis < 0 ? axis + shape.length : axis;
  if (shape[place] !== cols) {
    throw new StageError(
      `the inputs of ${name} are ${shape.join(' x ')}, but its weight takes ${cols}`,
      'the model contradicts itself: export it again',
    );
  }
  const after = shape.slice(place + 1).reduce((product, extent) => product * extent, 1);
  const rows = values.length / cols;
  if (after === 1) return { rows, cols, data: values };
  const data = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    const from = Math.floor(row / after) * cols * after + (row % after);
    for (let j = 0; j < cols; j++) data[row * cols + j] = values[from + j * after]!;
  }
  return { rows, cols, data };
}

function momentsOf({ name }: ForeignLayer, sum: MomentSum): SecondMoments {
  try {
    return sum.moments();
  } catch (problem) {
    if (!(problem instanceof RangeError)) throw problem;
    throw new StageError(
      `the inputs of ${name} have no moments: ${problem.message}`,
      'check the calibration data, and whether the model gives finite numbers',
    );
  }
}
