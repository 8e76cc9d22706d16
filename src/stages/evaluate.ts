/** `evaluate`: the accuracy of models on the test images, and their numbers of parameters. */
import * as v from 'valibot';
import { defineStage } from '../runner/index.ts';
import { backendResources } from './shared/backend/backend-resources.ts';
import { oneThread } from './shared/backend/backend-variables.ts';
import type { ForeignScore } from './shared/foreign/score-foreign.ts';
import type { OutputKeeper as Keeper } from './shared/scoring/original-outputs.ts';
import type { NetworkScore } from './shared/scoring/score-network.ts';

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
  // The runtime scores models of other programs.
  environmentWith: { model: ['runtime'] },
  resources: backendResources,
  variables: oneThread,
  parallel: true,
  load: async () => {
    const { startNamed } = await import('./shared/backend/computing.ts');
    const { onlyOriginal, writeScores } = await import('./shared/scoring/scores.ts');
    const { scoreNetwork } = await import('./shared/scoring/score-network.ts');
    const { foreignJsonOf } = await import('./shared/models/foreign-json.ts');
    const { OutputKeeper, recordOutputs } = await import('./shared/scoring/original-outputs.ts');
    return {
      // Beside models of other programs, the backend may have no network to score.
      prepare: async ({ fact, optionalFact, cores }) =>
        optionalFact('runtime') ?? startNamed(fact('backend'), cores),
      run: async (context) => {
        const { progress, signal } = context;
        const reference = context.optionalInput('reference');
        const onProgress = (done: number, count: number) =>
          progress({ fraction: done / count, message: `${done} of ${count} samples` });
        const scored: (NetworkScore | ForeignScore)[] = [];
        const keepers: Keeper[] = [];
        for (const [i, source] of context.inputs('models').entries()) {
          const json = foreignJsonOf(source);
          if (!json) {
            scored.push(await scoreNetwork(context, source, onProgress));
            continue;
          }
          const { scoreForeign } = await import('./shared/foreign/score-foreign.ts');
          const keeper = new OutputKeeper(context.output('scores'), json.history.title, i);
          keepers.push(keeper);
          const given = {
            ...{ source, json, reference, keeper, signal, onProgress, log: context.log },
            data: context.input('data'),
            runtime: context.fact('runtime'),
            scratch: `${context.scratch}/${i}`,
          };
          scored.push(await scoreForeign(given));
        }
        const folder = context.output('scores');
        const kept = keepers.flatMap((keeper) => keeper.finish());
        if (kept.length > 0) recordOutputs(folder, kept);
        // All models are scored on the same data.
        const labels = scored.at(-1)?.labels ?? null;
        const originals = scored.map(({ original }) => original);
        writeScores(folder, scored, labels, labels ? null : onlyOriginal(scored, originals));
      },
    };
  },
});
