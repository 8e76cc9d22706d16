/** The numeric backend that a pipeline or a configuration names. */
import { type Diagnostic, error } from './diagnostic.ts';
import type { Located } from './located.ts';
import type { Spanned } from './source.ts';

export interface NamedBackend {
  readonly backend?: Spanned<string>;
  readonly diagnostics: readonly Diagnostic[];
}

/** `node` is the value of the key `backend`, if there is one. */
export function namedBackend(node: Located | undefined): NamedBackend {
  if (!node) return { diagnostics: [] };
  if (node.kind === 'scalar' && typeof node.value === 'string') {
    return { backend: { value: node.value, span: node.span }, diagnostics: [] };
  }
  return { diagnostics: [error('"backend" is the name of a backend, such as wasm', node.span)] };
}
