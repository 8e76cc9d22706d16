/** The numeric backend that a pipeline or a configuration names. */
import { type Diagnostic, error } from './diagnostic.ts';
import { type Located, nodeAt } from './located.ts';
import type { Spanned } from './source.ts';

const KEY = 'backend';

export interface NamedBackend {
  readonly backend?: Spanned<string>;
  /** The document without it. */
  readonly rest: Located;
  readonly diagnostics: readonly Diagnostic[];
}

/** Takes the backend out of a configuration. The key is a variable instead if the pipeline declares such a variable. */
export function takeBackend(config: Located, variables: Located): NamedBackend {
  if (config.kind !== 'map' || nodeAt(variables, [KEY])) return { rest: config, diagnostics: [] };
  const entries = new Map(config.entries);
  entries.delete(KEY);
  return { ...backendIn(config), rest: { ...config, entries } };
}

export function backendIn(
  document: Located | undefined,
): Pick<NamedBackend, 'backend' | 'diagnostics'> {
  const node = document && nodeAt(document, [KEY]);
  if (!node) return { diagnostics: [] };
  if (node.kind === 'scalar' && typeof node.value === 'string') {
    return { backend: { value: node.value, span: node.span }, diagnostics: [] };
  }
  return { diagnostics: [error('"backend" is the name of a backend, such as wasm', node.span)] };
}
