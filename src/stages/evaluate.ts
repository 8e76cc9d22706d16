/** `evaluate`: the accuracy of models on the test images, and their numbers of parameters. */
import * as v from 'valibot';
import type { ClassIndices } from '../datasets/model-samples.ts';
import { defineStage } from '../runner/index.ts';
import { backendResources } from './shared/backend-resources.ts';
import { oneThread } from './shared/backend-variables.ts';
import type { Measured } from './shared/scores.ts';

export const evaluate = defineStage({
  name: 'evaluate',
  description: 'Accuracy, loss, agreement, parameters and compression rates of models.',
  parameters: v.strictObject({}),
  inputs: {
    models: { kind: 'model', many: true },
    data: { kind: 'dataset' },
    activations: { kind: 'activations', optional: true },
    /** Scores of the uncompressed model, to measure the agreement with its predictions. */
    reference: { kind: 'scores', optional: true },
  },
  outputs: { scores: 'scores' },
  environment: ['backend'],
  resources: backendResources,
  variables: oneThread,
  parallel: true,
  load: async () => {
    const { startNamed } = await import('./shared/computing.ts');
    const { samplesFor } = await import('./shared/classifier-samples.ts');
    const { baselinePredictions, writeScores } = await import('./shared/scores.ts');
    const { evaluationRow } = await import('../nn/evaluation-row.ts');
    const { finitely, takeModel } = await import('./shared/finite-models.ts');
    const { classifierBatch, score } = await import('../nn/scoring.ts');
    const { foreignJsonOf } = await import('./shared/models/foreign-json.ts');
    return {
      prepare: ({ fact, cores }) => startNamed(fact('backend'), cores),
      run: async (context) => {
        const { progress, signal } = context;
        const reference = context.optionalInput('reference');
        const expected = reference && baselinePredictions(reference);
        const measured: Measured[] = [];
        let labels: ClassIndices | null = null;
        let original: ClassIndices | null = null;
        for (const [i, source] of context.inputs('models').entries()) {
          const json = foreignJsonOf(source);
          if (json) {
            const { scoreForeign } = await import('./shared/models/score-foreign.ts');
            const scored = await scoreForeign(context, source, json, `${context.scratch}/${i}`);
            measured.push(scored);
            ({ labels, original } = scored);
            continue;
          }
          await startNamed(context.fact('backend'), context.cores);
          const model = takeModel(source);
          const samples = await samplesFor(context, model, source, 'test', 'classifier');
          const result = await finitely(
            model,
            score(model, samples, {
              scope: 'classifier',
              batchSize: classifierBatch(),
              signal,
              onProgress: (done, count) =>
                progress({ fraction: done / count, message: `${done} of ${count} images` }),
            }),
          );
          labels = Uint8Array.from(samples.labels);
          measured.push({ row: evaluationRow(model, result, expected), ...result });
        }
        writeScores(context.output('scores'), measured, labels, original);
      },
    };
  },
});
