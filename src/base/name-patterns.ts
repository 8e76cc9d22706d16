/**
 * Patterns that select names, such as `["classifier.*", "!*.head"]`. `*` stands for any characters and `?` for one.
 * A pattern that begins with `!` excludes names. The last pattern that matches a name decides; if the first pattern
 * excludes, all names are selected at first.
 */
import picomatch from 'picomatch';

export interface SelectedNames {
  readonly selected: ReadonlySet<string>;
  /** The patterns that match none of the names. */
  readonly unmatched: readonly string[];
}

export function selectNames(names: Iterable<string>, patterns: readonly string[]): SelectedNames {
  const rules = patterns.map((pattern) => {
    const excludes = pattern.startsWith('!');
    // With `bash`, a star also matches slashes, which ONNX models have in their names.
    const matches = picomatch(excludes ? pattern.slice(1) : pattern, { bash: true, dot: true });
    return { pattern, excludes, matches };
  });
  const selected = new Set<string>();
  const matched = new Set<string>();
  for (const name of names) {
    let chosen = rules[0]?.excludes ?? false;
    for (const { pattern, excludes, matches } of rules) {
      if (!matches(name)) continue;
      matched.add(pattern);
      chosen = !excludes;
    }
    if (chosen) selected.add(name);
  }
  return { selected, unmatched: patterns.filter((pattern) => !matched.has(pattern)) };
}
