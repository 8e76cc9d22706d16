/** `evaluate`: the accuracy of models on the test images, and their numbers of parameters. */
import * as v from 'valibot';
import type { ClassIndices } from '../datasets/model-samples.ts';
import { defineStage } from '../runner/index.ts';
import { backendResources } from './shared/backend-resources.ts';
import { oneThread } from './shared/backend-variables.ts';
import type { OutputKeeper as Keeper } from './shared/original-outputs.ts';
import type { Measured, OriginalScores } from './shared/scores.ts';

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
  // The runtime scores models of other programs.
  environment: ['backend', 'runtime'],
  resources: backendResources,
  variables: oneThread,
  parallel: true,
  load: async () => {
    const { startNamed } = await import('./shared/computing.ts');
    const { samplesFor } = await import('./shared/classifier-samples.ts');
    const { onlyOriginal, originalScores, writeScores } = await import('./shared/scores.ts');
    const { evaluationRow } = await import('../nn/evaluation-row.ts');
    const { finitely, takeModel } = await import('./shared/finite-models.ts');
    const { classifierBatch, score } = await import('../nn/scoring.ts');
    const { foreignJsonOf } = await import('./shared/models/foreign-json.ts');
    const { OutputKeeper, recordOutputs } = await import('./shared/original-outputs.ts');
    return {
      prepare: ({ fact, cores }) => startNamed(fact('backend'), cores),
      run: async (context) => {
        const { progress, signal } = context;
        const reference = context.optionalInput('reference');
        const onProgress = (done: number, count: number) =>
          progress({ fraction: done / count, message: `${done} of ${count} samples` });
        const measured: Measured[] = [];
        const originals: (OriginalScores | undefined)[] = [];
        const keepers: Keeper[] = [];
        let labels: ClassIndices | null = null;
        for (const [i, source] of context.inputs('models').entries()) {
          const json = foreignJsonOf(source);
          if (json) {
            const { scoreForeign } = await import('./shared/models/score-foreign.ts');
            const keeper = new OutputKeeper(context.output('scores'), json.history.title, i);
            keepers.push(keeper);
            const scored = await scoreForeign({
              ...{ source, json, reference, keeper, signal, onProgress, log: context.log },
              data: context.input('data'),
              runtime: context.fact('runtime'),
              scratch: `${context.scratch}/${i}`,
            });
            measured.push(scored);
            originals.push(scored.original);
            labels = scored.labels;
            continue;
          }
          await startNamed(context.fact('backend'), context.cores);
          const model = takeModel(source);
          const samples = await samplesFor(context, model, source, 'test', 'classifier');
          const batchSize = classifierBatch();
          const options = { scope: 'classifier', batchSize, signal, onProgress } as const;
          const result = await finitely(model, score(model, samples, options));
          labels = Uint8Array.from(samples.labels);
          const original = reference && originalScores(reference, model.history);
          const row = evaluationRow(model, result, original?.predictions);
          measured.push({ row, ...result });
          originals.push(original);
        }
        const folder = context.output('scores');
        const kept = keepers.flatMap((keeper) => keeper.finish());
        if (kept.length > 0) recordOutputs(folder, kept);
        writeScores(folder, measured, labels, labels ? null : onlyOriginal(measured, originals));
      },
    };
  },
});
