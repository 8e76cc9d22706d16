/**
 * Kept activations on disk: a safetensors file a split, and which convolutions they came from.
 *
 * They stand for the images only where a model has the very same convolutions; the digest of those
 * weights says so.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { activationSamples } from '../../datasets/activation-samples.ts';
import type { Samples } from '../../datasets/samples.ts';
import type { Activations } from '../../nn/activations.ts';
import { readSafetensors, writeSafetensors } from '../../nn/model/safetensors.ts';
import type { InputArtifact } from '../../runner/graph/stage-type.ts';

export type Split = 'train' | 'validation' | 'test';

interface SplitContent {
  readonly samples: Pick<Samples, 'labels' | 'classes'>;
  readonly activations: Activations;
}

export function writeActivations(
  folder: string,
  model: InputArtifact,
  splits: Readonly<Record<Split, SplitContent>>,
): void {
  const { classes } = splits.test.samples;
  const about = { features: featuresDigest(model), classes };
  writeFileSync(`${folder}/activations.json`, `${JSON.stringify(about)}\n`);
  for (const [split, { samples, activations }] of Object.entries(splits)) {
    const { count, shape, data } = activations;
    const tensors = new Map([
      ['values', { shape: [count, ...shape], data }],
      ['labels', { shape: [count], data: samples.labels }],
    ]);
    writeSafetensors(`${folder}/${split}.safetensors`, { tensors, metadata: {} });
  }
}

/** Undefined where the activations are of other convolutions than the model's. */
export function readActivations(
  activations: InputArtifact,
  model: InputArtifact,
  split: Split,
): Samples | undefined {
  const about = JSON.parse(readFileSync(activations.path('activations.json'), 'utf8')) as {
    readonly features: string;
    readonly classes: number;
  };
  if (about.features !== featuresDigest(model)) return undefined;
  const { tensors } = readSafetensors(activations.path(`${split}.safetensors`));
  const { shape, data } = tensors.get('values')!;
  const labels = tensors.get('labels')!.data as Uint8Array;
  return activationSamples(data as Float32Array, shape.slice(1), labels, about.classes);
}

function featuresDigest(model: InputArtifact): string {
  const bytes = readFileSync(model.path('features.safetensors'));
  return createHash('sha256').update(bytes).digest('hex');
}
