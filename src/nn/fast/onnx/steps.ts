/**
 * Steps of a training on ONNX Runtime: forward pass and gradients in one call, then Adam. Weights, gradients and moments
 * stay in WebAssembly memory and are never copied. Only on the backend `onnx`.
 */
import type { Batches } from '../../batch.ts';
import type { Weight, Weights } from '../../model/weights.ts';
import { momentum } from '../../training/state.ts';
import type { Steps, StepsCode, StepsForm, StepsOptions } from '../../training/steps.ts';
import { adamLoop } from './adam-loop.ts';
import { type Arena, arenasFor } from './arena.ts';
import { allocating } from './memory.ts';
import { tensor } from './session.ts';
import { type StepGraph, stepGraph } from './step-graph.ts';
import { fixedTensors, type GivenTensors, type StepRun, stepRun } from './step-run.ts';
import { type Layouts, momentLayout, restored, store } from './stored-layout.ts';

export const onnxSteps: StepsForm = (options, code) => allocating(() => begin(options, code));

function begin(options: StepsOptions, { fillDropoutMask }: StepsCode): Steps {
  const { batches, seed, multipliers, weightDecay } = options;
  const sizeFor = graphSizes(options);
  const graphs = graphsFor(options, sizeFor);
  // They differ only in the size of the batch.
  const [{ layouts }] = graphs as readonly [StepGraph];
  const names = [...options.trained.keys()];
  const arenas = arenasFor(
    [...options.trained].map(([name, { data }]) => {
      return { size: data.length, copies: layouts.get(name)!.copies ?? 1 };
    }),
  );
  const trained = trainedWeights(arenas, options, layouts);
  const update = adamLoop(arenas, {
    multipliers: names.map((name) => multipliers.get(name) ?? 1),
    weightDecay,
  });
  const runs = stepRuns(graphs, batches, {
    weights: new Map([...fixedTensors(layouts, options.fixed), ...trained.weights]),
    gradients: trained.gradients,
  });
  const statistics = copied(options.statistics);
  let step = options.adam?.step ?? 0;
  return {
    advance: (indices, number, learningRate) => {
      const run = runs.get(sizeFor(indices.length))!;
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
}

/** The size of the graph for a batch of `count` samples: exactly this, or one up to which the batch is filled. */
type SizeFor = (count: number) => number;

/** Smaller batches are filled up, unless a batch norm would include the filling. */
function graphSizes({ batchSizes, statistics }: StepsOptions): SizeFor {
  if (statistics.size > 0) return (count) => count;
  const largest = Math.max(...batchSizes);
  return () => largest;
}

/** One for each size. */
function graphsFor(options: StepsOptions, sizeFor: SizeFor): readonly StepGraph[] {
  const { layers, batches, batchSizes, trained, statistics } = options;
  const weights = { trained, fixed: new Map([...options.fixed, ...statistics]) };
  const { shape, classes } = batches;
  return [...new Set(batchSizes.map(sizeFor))].map((samples) =>
    stepGraph({ layers, shape, classes, samples, weights }),
  );
}

/** By the sizes of the batches. */
function stepRuns(
  graphs: readonly StepGraph[],
  batches: Batches,
  tensors: GivenTensors,
): ReadonlyMap<number, StepRun> {
  const runs = new Map<number, StepRun>();
  try {
    for (const graph of graphs) runs.set(graph.samples, stepRun(graph, batches, tensors));
  } catch (problem) {
    for (const run of runs.values()) run.dispose();
    throw problem;
  }
  return runs;
}

/** The trained weights in the arenas. */
function trainedWeights(
  arenas: readonly Arena[],
  options: Pick<StepsOptions, 'trained' | 'adam'>,
  layouts: Layouts,
) {
  const all = placed(arenas, options, layouts);
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

/** Writes weights and moments into the slots. */
function placed(
  arenas: readonly Arena[],
  { trained, adam }: Pick<StepsOptions, 'trained' | 'adam'>,
  layouts: Layouts,
) {
  const slots = arenas.flatMap((arena) => arena.slots);
  return [...trained].map(([name, { shape, data }], index) => {
    const layout = layouts.get(name)!;
    const slot = slots[index]!;
    store(data, layout, slot.weights);
    if (adam) {
      store(adam.firstMoments[index]!, momentLayout(layout), slot.first);
      store(adam.secondMoments[index]!, momentLayout(layout), slot.second);
    }
    return { name, shape, layout, slot };
  });
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
