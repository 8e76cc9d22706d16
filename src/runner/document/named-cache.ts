/** The remote cache that a pipeline names. Configurations and included files can't name one. */
import { parseCacheAddress } from '../../base/cache-address.ts';
import { type Diagnostic, error } from './diagnostic.ts';
import { type Located, nodeAt } from './located.ts';

const KEY = 'cache';

export function namedCache(document: Located | undefined): {
  readonly address?: string;
  readonly diagnostics: readonly Diagnostic[];
} {
  const node = document && nodeAt(document, [KEY]);
  // The check of the shape has reported everything but a text.
  if (node?.kind !== 'scalar' || typeof node.value !== 'string') return { diagnostics: [] };
  const parsed = parseCacheAddress(node.value);
  if (parsed.ok) return { address: node.value, diagnostics: [] };
  const { message, suggestion } = parsed.error;
  return { diagnostics: [error(`the address of the cache ${message}`, node.span, { suggestion })] };
}
