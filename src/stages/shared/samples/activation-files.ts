/**
 * Stored activations: one safetensors file per split, with a digest of the convolutions that computed them.
 *
 * A model can use them instead of the images only if it has exactly the same convolutions. The digest of
 * their weights proves it.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { checkedJson } from '../../../base/checked-json.ts';
import { activationSamples } from '../../../datasets/activation-samples.ts';
import type { Samples } from '../../../datasets/samples.ts';
import type { Activations } from '../../../nn/activations.ts';
import type { InputArtifact } from '../../../runner/index.ts';
import { fromSafetensors, writeSafetensors } from '../../../safetensors/safetensors.ts';

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

/** Undefined if other convolutions than the model's computed the activations. */
export function readActivations(
  activations: InputArtifact,
  model: InputArtifact,
  split: Split,
): Samples | undefined {
  const about = checkedJson(
    readFileSync(activations.path('activations.json'), 'utf8'),
    aboutSchema,
    'activations.json',
    'activations are the output of a stage of the type "featurize"',
  );
  if (about.features !== featuresDigest(model)) return undefined;
  const file = `${split}.safetensors`;
  return fromSafetensors(
    activations.path(file),
    ({ read }) => {
      const { shape, data } = read('values');
      const labels = read('labels').data as Uint8Array;
      return activationSamples(data as Float32Array, shape.slice(1), labels, about.classes);
    },
    file,
  );
}

const aboutSchema = v.object(
  { features: v.string('must be a text'), classes: v.number('must be a number') },
  'must be an object with features and classes',
);

function featuresDigest(model: InputArtifact): string {
  const bytes = readFileSync(model.path('features.safetensors'));
  return createHash('sha256').update(bytes).digest('hex');
}
