/**
 * Inference by one ONNX graph that contains the weights. ONNX Runtime packs them into blocks when the session opens, and
 * then is twice as fast as with weights that it is given for each batch.
 *
 * Results do not depend on the number of threads or on the other samples of a batch, although the graph is optimized:
 * packed weights fix the order of each sum. `test/nn/fast/onnx-inference.test.ts` checks it.
 */
import { batchesOf } from '../../batch.ts';
import type { InferenceForm } from '../../inference-form.ts';
import { macsOf } from '../../model/costs.ts';
import { type Layer, parameterShapes, sizeOf } from '../../model/description.ts';
import { inferenceGraph } from './inference-graph.ts';
import { allocating } from './memory.ts';
import { openSession, tensor } from './session.ts';

export const onnxInference: InferenceForm = ({ layers, weights, samples, shape, batchSize }) => {
  if (samples.count * macsOf(layers, shape) < WORTH_A_SESSION * weightsOf(layers)) return undefined;
  // Without the weights, which the closures below would keep.
  const { model, ...graph } = inferenceGraph(layers, weights, shape);
  const session = openSession(model, { optimized: true });
  const batches = batchesOf(samples, shape);
  const [inputs, outputs] = [sizeOf(graph.inputShape), sizeOf(graph.outputShape)];
  const whole = allocating(() => new Float32Array(Math.min(batchSize, samples.count) * inputs));
  return {
    run: async (indices) => {
      const count = indices.length;
      const values = whole.subarray(0, count * inputs);
      batches.fill(indices, values);
      const result = allocating(() => new Float32Array(count * outputs));
      session.run(
        { [graph.input]: tensor(values, [count, ...graph.inputShape]) },
        { [graph.output]: tensor(result, [count, ...graph.outputShape]) },
      );
      return result;
    },
    dispose: () => session.dispose(),
  };
};

/**
 * The number of multiplications by each weight, on average, from which packing the weights is worth its time. Opening a
 * session took as long as single operations took for about 70 images (VGG-11) or 100 (an MLP).
 */
const WORTH_A_SESSION = 100;

function weightsOf(layers: readonly Layer[]): number {
  return parameterShapes(layers).reduce((count, { shape }) => count + sizeOf(shape), 0);
}
