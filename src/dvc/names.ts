/** Converts names that only DVC allows. */

/** `wanted` as the name of a stage; a number after it keeps it apart from those that are taken. */
export function stageName(wanted: string, taken: ReadonlySet<string>): string {
  const plain = words(wanted.normalize('NFKD'));
  return unused(/^[A-Za-z_]/.test(plain) ? plain : `stage_${plain}`, taken);
}

/** What an output is called whose path holds variables: `models_pkl` of `models/${item}.pkl`. */
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
