/**
 * `fold`: the average pool before a classifier, folded into the first dense layer.
 *
 * If the last map is smaller than the side of the pool, the pool copies values. On 32 x 32 images VGG's
 * 7 x 7 pool makes 49 copies of one value, and the published head of 25088 inputs computes the same as a
 * head of 512. Folding loses nothing, so any compression must be better than it.
 */
import * as v from 'valibot';
import type { Compression } from '../nn/model/history.ts';
import { defineStage, StageError } from '../runner/index.ts';

export const fold = defineStage({
  name: 'fold',
  description: 'Folds the average pool into the first dense layer. The outputs do not change.',
  parameters: v.strictObject({}),
  inputs: { model: { kind: 'model' } },
  outputs: { model: 'model' },
  load: async () => {
    const { weightOf } = await import('./shared/networks/dense-layers.ts');
    const { foldAveragePool } = await import('../linalg/fold.ts');
    const { withCompression } = await import('./shared/compression/compression-history.ts');
    const { inferShapes } = await import('../nn/model/shapes.ts');
    const { giveModel, takeModel } = await import('./shared/models/finite-models.ts');
    return {
      run: async (context) => {
        const source = context.input('model');
        const model = takeModel(source);
        const [pool, flatten, dense, ...rest] = model.description.classifier;
        const [height, width] = inferShapes(model.description).boundary as [number, number];
        if (pool?.kind !== 'adaptive-average-pool' || dense?.kind !== 'dense' || !flatten) {
          throw new StageError(
            'the classifier does not begin with an average pool and a dense layer',
            'only the head "published" can be folded',
          );
        }
        const whole = weightOf(model, dense.name);
        const folded = foldAveragePool(whole, { height, width, size: pool.size });
        const { rows, cols } = folded;
        const weights = new Map(model.weights);
        const data = Float32Array.from(folded.data);
        weights.set(`${dense.name}.weight`, { shape: [rows, cols], data });
        const classifier = [flatten, { ...dense, in: cols }, ...rest];
        const achieved = whole.cols / cols;
        const compression: Compression = {
          method: 'fold',
          label: 'Folded head',
          family: 'svd',
          rate: Number(achieved.toPrecision(3)),
          achieved,
          seed: null,
          allocation: 'uniform',
          scheme: null,
          layers: [
            {
              name: dense.name,
              kind: 'dense',
              rows,
              cols,
              rank: null,
              parameters: rows * cols + (dense.bias ? rows : 0),
              relativeError: null,
              optimalError: null,
            },
          ],
        };
        const description = { ...model.description, classifier };
        const history = withCompression(model.history, compression);
        giveModel(context.output('model'), { description, weights, history });
      },
    };
  },
});
