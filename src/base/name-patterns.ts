/**
 * Chooses names, such as those of layers, by a list of patterns: `["classifier.*", "!*.head"]`.
 *
 * The last pattern that matches a name decides. `!` excludes. A list that starts with an exclusion starts with all
 * names. `*` matches any text, dots and slashes too; `?`, `[0-3]`, `{a,b}` and `{1..9}` are as in a shell. Round
 * brackets are literal. A pattern also matches itself as a name.
 */
import picomatch from 'picomatch';
import { ExpectedError } from './expected-error.ts';
import { listed } from './listed.ts';

export interface NameChoice {
  readonly selected: boolean;
  /** The pattern that decided. Undefined if none matches the name. */
  readonly pattern: string | undefined;
}

const OPTIONS = { dot: true, nonegate: true, noextglob: true } as const;

/**
 * @param of the place of the patterns, such as a parameter, in errors
 * @throws ExpectedError if a pattern matches none of the names
 */
export function chooseNames(
  patterns: readonly string[],
  names: readonly string[],
  of: string,
): ReadonlyMap<string, NameChoice> {
  const first: NameChoice = { selected: patterns[0]?.startsWith('!') ?? false, pattern: undefined };
  const choices = new Map(names.map((name) => [name, first]));
  for (const pattern of patterns) {
    const selected = !pattern.startsWith('!');
    const matches = nameMatcher(selected ? pattern : pattern.slice(1), of);
    const matched = names.filter(matches);
    if (matched.length === 0) throw unmatched(pattern, names, of);
    for (const name of matched) choices.set(name, { selected, pattern });
  }
  return choices;
}

function nameMatcher(pattern: string, of: string): (name: string) => boolean {
  if (pattern === '') throw new ExpectedError(`${of}: a pattern is empty`, 'write a name or "*"');
  const matches = picomatch(withoutSlashes(pattern).replace(/[()|]/g, '\\$&'), OPTIONS);
  return (name) => name === pattern || matches(withoutSlashes(name));
}

/** To picomatch a slash separates folders. Names have none, so it becomes an ordinary character. */
function withoutSlashes(text: string): string {
  return text.replaceAll('/', '\u2215');
}

const MOST_NAMED = 4;

function unmatched(pattern: string, names: readonly string[], of: string): ExpectedError {
  const quoted = names.map((name) => JSON.stringify(name));
  return new ExpectedError(
    `${of}: the pattern ${JSON.stringify(pattern)} matches nothing`,
    names.length === 0
      ? 'there are no names to choose from'
      : `the names are ${listed(quoted, MOST_NAMED)}`,
  );
}
