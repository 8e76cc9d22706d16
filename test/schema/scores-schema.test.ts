/** The schema of `rows.json` for editors and other programs: the committed one is up to date, and accepts what is read. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { scoresSchema } from '../../scripts/scores-schema.ts';
import { rowsSchema } from '../../src/nn/evaluation-row.ts';
import { fakeRows } from '../report/fake-results.ts';

const accepts = new Ajv({ strict: false }).compile(scoresSchema());

describe('the schema of rows.json', () => {
  it('is up to date (npm run schema)', () => {
    const committed = JSON.parse(readFileSync('schema/scores.schema.json', 'utf8'));
    expect(committed).toEqual(JSON.parse(JSON.stringify(scoresSchema())));
  });

  const [row] = fakeRows('mnist', { rates: [2], images: 10 });

  it.each<[string, object]>([
    ['a row of evaluate', {}],
    ['a row without labels', { accuracy: null, loss: null, agreement: 0.5 }],
    ['a row with outputs', { top5: 0.5, outputErrors: { y: 0.1 } }],
    ['a percentage in place of a share', { accuracy: 98.5 }],
    ['a count of nothing', { count: 0 }],
    ['an output without its error', { outputErrors: { y: null } }],
    ['an unknown family', { family: 'pruning' }],
  ])('agrees with the program on %s', (_, changes) => {
    const rows = [{ ...row, ...changes }];
    expect(accepts(rows)).toBe(v.is(rowsSchema, rows));
  });

  it('describes each field, and docs/scores.md names it', () => {
    const { items } = scoresSchema() as { readonly items: { readonly properties: object } };
    const page = readFileSync('docs/scores.md', 'utf8');
    for (const [name, field] of Object.entries(items.properties)) {
      expect(field, name).toHaveProperty('description');
      expect(page).toContain(`\`${name}\``);
    }
  });
});
