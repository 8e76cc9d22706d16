import { describe, expect, it } from 'vitest';
import { describeReplaced } from '../../../src/nn/factored/replacement.ts';
import type { Layer, ModelDescription } from '../../../src/nn/model/description.ts';
import { vgg } from '../../../src/nn/model/vgg.ts';
import {
  sampledPart,
  type TrainingScope,
  trainedParameters,
} from '../../../src/nn/training/trained-parameters.ts';

const whole = vgg({
  architecture: 'vgg11',
  batchNorm: true,
  head: 'flat',
  input: [32, 32, 1],
  classes: 4,
  width: 1 / 64,
  hidden: 6,
  pool: 7,
});

function factored(...names: readonly string[]): ModelDescription {
  return describeReplaced(whole, (name) => {
    if (!names.includes(name)) return undefined;
    const layer = [...whole.features, ...whole.classifier].find(
      (l) => 'name' in l && l.name === name,
    );
    const part = (suffix: string, bias: boolean) =>
      ({ ...layer, name: `${name}.${suffix}`, bias, of: name }) as Layer;
    return [part('right', false), part('left', true)];
  });
}

function namesOf(description: ModelDescription, scope: TrainingScope): readonly string[] {
  return trainedParameters(description, scope).map(({ name }) => name);
}

describe('the trained parameters', () => {
  it('are all, statistics included, or those after the features', () => {
    const all = trainedParameters(whole, 'all');
    expect(all.slice(0, 6).map(({ name, buffer = false }) => [name, buffer])).toEqual([
      ['features.0.weight', false],
      ['features.0.bias', false],
      ['features.1.weight', false],
      ['features.1.bias', false],
      ['features.1.running_mean', true],
      ['features.1.running_var', true],
    ]);
    expect(all).toHaveLength(8 * 6 + 3 * 2);
    expect(namesOf(whole, 'classifier')).toEqual(
      ['classifier.0', 'classifier.3', 'classifier.6'].flatMap((n) => [`${n}.weight`, `${n}.bias`]),
    );
    expect([sampledPart(whole, 'all'), sampledPart(whole, 'classifier')]).toEqual([
      'all',
      'classifier',
    ]);
  });

  it('are only the factors, and no batch norm', () => {
    const dense = factored('classifier.0', 'classifier.3');
    expect(namesOf(dense, 'factors')).toEqual([
      'classifier.0.right.weight',
      'classifier.0.left.weight',
      'classifier.0.left.bias',
      'classifier.3.right.weight',
      'classifier.3.left.weight',
      'classifier.3.left.bias',
    ]);
    expect(sampledPart(dense, 'factors')).toBe('classifier');
    const both = factored('features.4', 'classifier.3');
    expect(namesOf(both, 'factors')).toEqual([
      'features.4.right.weight',
      'features.4.left.weight',
      'features.4.left.bias',
      'classifier.3.right.weight',
      'classifier.3.left.weight',
      'classifier.3.left.bias',
    ]);
    expect(sampledPart(both, 'factors')).toBe('all');
  });

  it('are none if a model without factors is to train its factors', () => {
    expect(trainedParameters(whole, 'factors')).toEqual([]);
  });

  it('do not include layers without weights', () => {
    const columns = [0, 1, 2, 3, 4, 5];
    const name = 'classifier.3.right';
    const description = describeReplaced(whole, (replaced) =>
      replaced === 'classifier.3'
        ? [{ kind: 'interpolation', name, in: 6, columns, of: replaced }]
        : undefined,
    );
    expect(namesOf(description, 'classifier')).not.toContain(`${name}.weight`);
  });
});
