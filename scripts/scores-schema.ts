/** The JSON Schema of `rows.json`, for commands that write scores: the schema that the program checks when it reads. */
import { toJsonSchema } from '@valibot/to-json-schema';
import { rowsSchema } from '../src/nn/evaluation-row.ts';

export function scoresSchema(): object {
  const options = { target: 'draft-07', typeMode: 'input', errorMode: 'ignore' } as const;
  const { $schema, ...rest } = toJsonSchema(rowsSchema, options);
  return { $schema, title: 'rows.json', ...rest };
}
