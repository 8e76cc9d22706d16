/** How good a compressed model is on images that are not test images, for a search. */
import { join } from 'node:path';
import { readModel } from '../../nn/model/model-files.ts';
import type { Model } from '../../nn/model/weights.ts';
import { classifierBatch, score } from '../../nn/scoring.ts';
import { type StageContext, StageError } from '../../runner/index.ts';
import { startNamed } from './backend/computing.ts';
import { foreignQuality } from './foreign/foreign-quality.ts';
import { finitely, takeModel } from './models/finite-models.ts';
import { foreignJsonOf } from './models/foreign-json.ts';
import { samplesFor } from './samples/classifier-samples.ts';
import { inFolder, type Quality } from './scoring/quality.ts';

export async function qualityFor(context: StageContext<unknown>): Promise<Quality> {
  const json = foreignJsonOf(context.input('model'));
  return json ? foreignQuality(context, json) : networkQuality(context);
}

async function networkQuality(context: StageContext<unknown>): Promise<Quality> {
  const [backend, threads] = [context.fact('backend'), context.cores];
  await startNamed(backend, threads);
  const source = context.input('model');
  const model = takeModel(source);
  const samples = await samplesFor(context, model, source, 'validation', 'classifier');
  if (samples.count === 0) {
    throw new StageError(
      'there are no validation images, and a rate must not be chosen on the test images',
      'set training.validation to a number of images, such as 5000',
    );
  }
  const accuracyOf = async (candidate: Model): Promise<number> => {
    // The products may have been computed by another backend.
    await startNamed(backend, threads);
    const options = {
      scope: 'classifier',
      batchSize: classifierBatch(),
      signal: context.signal,
    } as const;
    return (await finitely(candidate, score(candidate, samples, options))).accuracy;
  };
  return {
    name: 'accuracy',
    ofOriginal: () => accuracyOf(model),
    of: (write) =>
      inFolder(context, write, (folder) => accuracyOf(readModel((file) => join(folder, file)))),
  };
}
