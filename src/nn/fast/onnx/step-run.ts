/** A session of a graph of a training step, with the arrays that it reads and writes. */
import type { Batches } from '../../batch.ts';
import type { DropoutLayer } from '../../kernels/dropout.ts';
import { narrowed } from '../../model/copied-inputs.ts';
import { sizeOf } from '../../model/description.ts';
import type { Weights } from '../../model/weights.ts';
import { columnFiller } from './sample-columns.ts';
import { openSession, type RuntimeTensor, tensor } from './session.ts';
import type { SamplesInput, StepGraph } from './step-graph.ts';
import { type Layouts, store } from './stored-layout.ts';

export interface StepRun {
  fillSamples(indices: Uint32Array): void;
  /** Arrays to fill before a run. */
  readonly truth: Float32Array;
  readonly masks: readonly {
    readonly dropout: Pick<DropoutLayer, 'layer' | 'rate'>;
    readonly values: Float32Array;
  }[];
  /** Computes the gradients. Returns the loss. */
  run(): number;
  /** What the running statistics move towards, by their names. */
  readonly statistics: ReadonlyMap<string, Float32Array>;
  dispose(): void;
}

/** By the names of the weights, in the layouts of the graph. */
export type RuntimeTensors = ReadonlyMap<string, RuntimeTensor>;

export interface GivenTensors {
  /** Trained and fixed ones. */
  readonly weights: RuntimeTensors;
  /** They are written. */
  readonly gradients: RuntimeTensors;
}

export function stepRun(
  graph: StepGraph,
  batches: Batches,
  { weights, gradients }: GivenTensors,
): StepRun {
  const inputs = new Map<string, RuntimeTensor>();
  const filled = ({
    name,
    shape,
  }: {
    readonly name: string;
    readonly shape: readonly number[];
  }) => {
    const values = new Float32Array(sizeOf(shape));
    inputs.set(name, tensor(values, shape));
    return values;
  };
  const samples = samplesOf(graph.input, batches);
  inputs.set(graph.input.name, tensor(samples.values, graph.input.shape));
  const truth = filled(graph.truth);
  const masks = graph.masks.map((mask) => ({ dropout: mask, values: filled(mask) }));
  for (const { name, shape, values } of graph.computed) inputs.set(name, tensor(values, shape));
  for (const name of graph.layouts.keys()) inputs.set(name, weights.get(name)!);

  const loss = new Float32Array(1);
  const outputs = new Map([[graph.loss, tensor(loss, [])]]);
  for (const [name, value] of graph.gradients) outputs.set(value, gradients.get(name)!);
  const statistics = new Map<string, Float32Array>();
  for (const [name, { value, length }] of graph.statistics) {
    const values = new Float32Array(length);
    statistics.set(name, values);
    outputs.set(value, tensor(values, [length]));
  }

  const session = openSession(graph.model, { optimized: false });
  const [given, written] = [Object.fromEntries(inputs), Object.fromEntries(outputs)];
  return {
    ...{ fillSamples: samples.fill, truth, masks, statistics },
    run: () => {
      session.run(given, written);
      return loss[0]!;
    },
    dispose: () => session.dispose(),
  };
}

/** The array of an input, and what fills it with the samples of a batch. */
function samplesOf({ shape, columns }: SamplesInput, batches: Batches) {
  if (columns) return columnFiller(columns, batches);
  const values = new Float32Array(sizeOf(shape));
  return { values, fill: (indices: Uint32Array) => batches.fill(indices, values) };
}

/** Fixed weights in the layouts of the graph. */
export function fixedTensors(layouts: Layouts, fixed: Weights): RuntimeTensors {
  const copies = new Map([...layouts].map(([name, layout]) => [name, layout.copies ?? 1]));
  return new Map(
    [...narrowed(fixed, copies)].flatMap(([name, { data }]) => {
      const layout = layouts.get(name);
      if (!layout) return [];
      const stored = layout.axes ? new Float32Array(data.length) : data;
      if (layout.axes) store(data, layout, stored);
      return [[name, tensor(stored, layout.shape)] as const];
    }),
  );
}
