/** Converts names that only DVC allows. */

/** Converts `wanted` to a stage name. A number is appended if the name is taken. */
export function stageName(wanted: string, taken: ReadonlySet<string>): string {
  const plain = words(wanted.normalize('NFKD'));
  return unused(/^[A-Za-z_]/.test(plain) ? plain : `stage_${plain}`, taken);
}

/** The name of an output whose path contains variables: `models_pkl` for `models/${item}.pkl`. */
export function outputName(path: string, taken: ReadonlySet<string>): string {
  const fixed = words(path.replace(/\$?\$\{[^}]*\}/g, '/'))
    .replace(/[-_]*_[-_]*/g, '_')
    .replace(/^[-_]+|[-_]+$/g, '');
  return unused(/^[A-Za-z_]/.test(fixed) ? fixed : `output${fixed && `_${fixed}`}`, taken);
}

function words(text: string): string {
  return text.replace(/[^\w-]+/g, '_').replace(/^_+|_+$/g, '');
}

function unused(name: string, taken: ReadonlySet<string>): string {
  let found = name;
  for (let count = 2; taken.has(found); count++) found = `${name}_${count}`;
  return found;
}
