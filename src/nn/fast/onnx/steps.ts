/**
 * Steps of a training on ONNX Runtime: forward pass and gradients in one call, then Adam. Weights, gradients and moments
 * stay in one memory and are never copied. Only on the backend `onnx`.
 */
import type { Weight, Weights } from '../../model/weights.ts';
import { momentum } from '../../training/state.ts';
import type { StepsForm, StepsOptions } from '../../training/steps.ts';
import { adamLoop } from './adam-loop.ts';
import { type Arena, arenaFor } from './arena.ts';
import { tensor } from './session.ts';
import { type StepGraph, stepGraph } from './step-graph.ts';
import { fixedTensors, stepRun } from './step-run.ts';
import { momentLayout, restored, type StoredLayout, store } from './stored-layout.ts';

export const onnxSteps: StepsForm = (options, { fillDropoutMask }) => {
  const graphs = graphsFor(options);
  if (!graphs) return undefined;
  const { layouts } = graphs.any;
  const arena = arenaFor(
    [...options.trained].map(([name, { data }]) => {
      return { size: data.length, copies: layouts.get(name)!.copies ?? 1 };
    }),
  );
  if (!arena) return undefined;
  const { batches, seed, multipliers, weightDecay } = options;
  const names = [...options.trained.keys()];
  const trained = trainedWeights(arena, options, layouts);
  const update = adamLoop(arena, {
    multipliers: names.map((name) => multipliers.get(name) ?? 1),
    weightDecay,
  });
  const weights = new Map([...fixedTensors(graphs.any, options.fixed), ...trained.weights]);
  const tensors = { weights, gradients: trained.gradients };
  const runs = new Map(
    [...graphs.bySize].map(([size, graph]) => [size, stepRun(graph, batches, tensors)]),
  );
  const statistics = copied(options.statistics);
  let step = options.adam?.step ?? 0;
  return {
    advance: (indices, number, learningRate) => {
      const run = runs.get(graphs.sizeFor(indices.length))!;
      run.fillSamples(indices);
      batches.fillTruth(indices, run.truth);
      for (const { values, dropout } of run.masks) {
        fillDropoutMask(dropout, { seed, step: number }, values);
      }
      const loss = run.run();
      update(++step, learningRate);
      for (const [name, values] of run.statistics) move(statistics.get(name)!.data, values);
      return loss;
    },
    weights: async () => trained.read(),
    statistics: async () => copied(statistics),
    adam: async () => ({ step, ...trained.moments() }),
    dispose: () => {
      for (const run of runs.values()) run.dispose();
    },
  };
};

interface Graphs {
  readonly bySize: ReadonlyMap<number, StepGraph>;
  /** They differ only in the size of the batch. */
  readonly any: StepGraph;
  /** For batches of `count` samples: of exactly this size, or filled up to the size of a graph. */
  sizeFor(count: number): number;
}

function graphsFor(options: StepsOptions): Graphs | undefined {
  const { layers, batches, batchSizes, trained, statistics } = options;
  // Smaller batches are filled up, unless a batch norm would include the filling.
  const largest = Math.max(...batchSizes);
  const sizeFor = (count: number) => (statistics.size > 0 ? count : largest);
  const weights = { trained, fixed: new Map([...options.fixed, ...statistics]) };
  const graphOf = (samples: number) =>
    stepGraph({ layers, shape: batches.shape, classes: batches.classes, samples, weights });
  const bySize = new Map<number, StepGraph>();
  for (const size of new Set(batchSizes.map(sizeFor))) {
    const graph = graphOf(size);
    if (!graph) return undefined;
    bySize.set(size, graph);
  }
  return { bySize, any: bySize.get(sizeFor(largest))!, sizeFor };
}

/** The trained weights in the arena. */
function trainedWeights(
  { slots }: Arena,
  { trained, adam }: Pick<StepsOptions, 'trained' | 'adam'>,
  layouts: ReadonlyMap<string, StoredLayout>,
) {
  const all = [...trained].map(([name, { shape, data }], index) => {
    const layout = layouts.get(name)!;
    const slot = slots[index]!;
    store(data, layout, slot.weights);
    if (adam) {
      store(adam.firstMoments[index]!, momentLayout(layout), slot.first);
      store(adam.secondMoments[index]!, momentLayout(layout), slot.second);
    }
    return { name, shape, layout, slot };
  });
  const tensors = (kind: 'sums' | 'gradients') =>
    new Map(all.map(({ name, layout, slot }) => [name, tensor(slot[kind], layout.shape)]));
  const moments = (kind: 'first' | 'second') =>
    all.map(({ layout, slot }) => restored(slot[kind], momentLayout(layout)));
  return {
    weights: tensors('sums'),
    gradients: tensors('gradients'),
    read: (): Weights =>
      new Map(
        all.map(({ name, shape, layout, slot }) => {
          return [name, { shape, data: restored(slot.weights, layout) }];
        }),
      ),
    moments: () => ({ firstMoments: moments('first'), secondMoments: moments('second') }),
  };
}

function copied(weights: Weights): Weights {
  return new Map(
    [...weights].map(([name, { shape, data }]): [string, Weight] => {
      return [name, { shape, data: data.slice() }];
    }),
  );
}

/** Moves running statistics towards those of a batch, in single precision. */
function move(running: Float32Array, ofBatch: Float32Array): void {
  const share = Math.fround(momentum);
  for (let i = 0; i < running.length; i++) {
    const distance = Math.fround(running[i]! - ofBatch[i]!);
    running[i] = running[i]! - Math.fround(distance * share);
  }
}
