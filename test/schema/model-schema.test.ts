/**
 * The schema of `model.json`: the committed one is up to date, and it and the program agree on what a valid file is, as far
 * as a schema can check.
 */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { modelJsonSchema } from '../../scripts/model-schema.ts';
import { isExpectedError } from '../../src/base/expected-error.ts';
import { parseModelJson } from '../../src/nn/model/model-json.ts';
import { blocksOf } from '../docs/examples.ts';
import { exported } from '../nn/export/exported.ts';

const accepts = new Ajv({ strict: false }).compile(modelJsonSchema());
const history = { title: 'a', dataset: 'b', training: { seed: 0 } };

function fits(content: unknown): string {
  return accepts(content) ? 'accepted' : 'refused';
}

function programSays(content: unknown): string {
  try {
    parseModelJson(JSON.stringify(content), 'model.json');
    return 'accepted';
  } catch (problem) {
    if (isExpectedError(problem)) return 'refused';
    throw problem;
  }
}

const both = (content: unknown) => [fits(content), programSays(content)];

const flatten = { kind: 'flatten' };
const dense = { kind: 'dense', name: 'a', in: 4, out: 2, bias: true };
const description = { input: [2, 2, 1], classes: 2, features: [], classifier: [flatten, dense] };
const withLayer = (layer: object) => ({
  description: { ...description, classifier: [flatten, layer] },
  history,
});

const refused: Readonly<Record<string, unknown>> = {
  'no object': [],
  'no history': { description },
  'no training': { description, history: { title: 'a', dataset: 'b' } },
  'an empty title': { description, history: { ...history, title: '' } },
  'an input of two numbers': { description: { ...description, input: [2, 2] }, history },
  'an unknown kind': withLayer({ ...dense, kind: 'attention' }),
  'a layer without a kind': withLayer({ name: 'a' }),
  'a missing field': withLayer({ kind: 'dense', name: 'a', in: 4, out: 2 }),
  'a part of an output': withLayer({ ...dense, out: 1.5 }),
  'a bias that is a number': withLayer({ ...dense, bias: 1 }),
  'a compression without a method': {
    description,
    history: { ...history, compression: { family: 'svd' } },
  },
};

describe('the schema of model.json', () => {
  it('is up to date (npm run schema)', () => {
    const committed = JSON.parse(readFileSync('schema/model.schema.json', 'utf8'));
    expect(committed).toEqual(JSON.parse(JSON.stringify(modelJsonSchema())));
  });

  it.each(Object.entries(exported))('accepts what the program does: %s', (_, network) => {
    expect(both({ description: network, history })).toEqual(['accepted', 'accepted']);
  });

  it.each(Object.entries(refused))('refuses what the program does: %s', (_, content) => {
    expect(both(content)).toEqual(['refused', 'refused']);
  });

  it('accepts fields that the program does not know', () => {
    const content = { $schema: 'model.schema.json', description, history: { ...history, note: 1 } };
    expect(both(content)).toEqual(['accepted', 'accepted']);
  });

  it('accepts the example of the documentation', () => {
    const examples = blocksOf('docs/models.md').filter(({ language }) => language === 'json');
    const models = examples.map(({ text }) => JSON.parse(text)).filter((one) => one.history);
    expect(models).toHaveLength(1);
    for (const model of models) expect(both(model)).toEqual(['accepted', 'accepted']);
  });
});
