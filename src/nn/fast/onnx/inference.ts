/** Inference by one ONNX graph that contains the weights. */
import { batchesOf } from '../../batch.ts';
import type { InferenceForm } from '../../inference-form.ts';
import { sizeOf } from '../../model/description.ts';
import { inferenceGraph } from './inference-graph.ts';
import { openSession, tensor } from './session.ts';

export const onnxInference: InferenceForm = ({ layers, weights, samples, shape, batchSize }) => {
  const graph = inferenceGraph(layers, weights, shape);
  const session = openSession(graph.model, { optimized: true });
  const batches = batchesOf(samples, shape);
  const [inputs, outputs] = [sizeOf(graph.inputShape), sizeOf(graph.outputShape)];
  const whole = new Float32Array(Math.min(batchSize, samples.count) * inputs);
  return {
    run: async (indices) => {
      const count = indices.length;
      const values = whole.subarray(0, count * inputs);
      batches.fill(indices, values);
      const result = new Float32Array(count * outputs);
      session.run(
        { [graph.input]: tensor(values, [count, ...graph.inputShape]) },
        { [graph.output]: tensor(result, [count, ...graph.outputShape]) },
      );
      return result;
    },
    dispose: () => session.dispose(),
  };
};
