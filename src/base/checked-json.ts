/** Checks JSON files that a user's script may have written. Errors name the place in the file. */
import * as v from 'valibot';
import { ExpectedError } from './expected-error.ts';
import { parseJson } from './json-text.ts';

/**
 * @param file the name of the file in errors
 * @throws ExpectedError with `advice`
 */
export function checkedJson<S extends v.GenericSchema>(
  text: string,
  schema: S,
  file: string,
  advice: string,
): v.InferOutput<S> {
  const content = parseJson(text);
  if (content === undefined) throw new ExpectedError(`${file}: it is not JSON`, advice);
  const checked = v.safeParse(schema, content);
  if (checked.success) return checked.output;
  throw new ExpectedError(`${file}: ${describeIssue(checked.issues[0])}`, advice);
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  let place = '';
  for (const { key } of issue.path ?? []) {
    place += typeof key === 'number' ? `[${key}]` : `${place && '.'}${String(key)}`;
  }
  const missing = issue.path !== undefined && issue.input === undefined;
  const what = missing ? 'is missing' : issue.message;
  return place ? `${place} ${what}` : `the file ${what}`;
}
