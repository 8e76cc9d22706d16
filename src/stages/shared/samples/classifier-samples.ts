/**
 * Samples for a model or its classifier: the stored activations if they belong to the model's convolutions,
 * otherwise activations computed here.
 */

import { activationSamples } from '../../../datasets/activation-samples.ts';
import type { Samples } from '../../../datasets/samples.ts';
import { computeActivations } from '../../../nn/activations.ts';
import type { Model } from '../../../nn/model/weights.ts';
import type { InputArtifact, StageContext } from '../../../runner/index.ts';
import { finitely } from '../models/finite-models.ts';
import { readActivations, type Split } from './activation-files.ts';
import { imagesFor } from './network-data.ts';

type Context = Pick<StageContext<unknown>, 'input' | 'optionalInput' | 'signal' | 'progress'>;

export async function samplesFor(
  context: Context,
  model: Model,
  source: InputArtifact,
  split: Split,
  scope: 'classifier' | 'all',
): Promise<Samples> {
  const images = (): Samples => imagesFor(context.input('data'), model)[split];
  if (scope === 'all') return images();
  const kept = context.optionalInput('activations');
  const found = kept && readActivations(kept, source, split);
  if (found) return found;
  const samples = images();
  const activations = computeActivations(model, samples, {
    batchSize: 256,
    signal: context.signal,
    onProgress: (done, count) => context.progress({ message: `activations ${done} of ${count}` }),
  });
  const { shape, data } = await finitely(model, activations);
  return activationSamples(data, shape, samples.labels, samples.classes);
}
