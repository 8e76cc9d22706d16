/** The remote cache that a pipeline names. Configurations and included files can't name one. */
import { parseCacheAddress } from '../../base/cache-address.ts';
import { publicKeyFault } from '../../base/signing-keys.ts';
import { parseByteSize } from '../../base/units.ts';
import { type Diagnostic, error } from './diagnostic.ts';
import { type Located, nodeAt, type Path } from './located.ts';

const KEY = 'cache';

export interface NamedCache {
  readonly address?: string;
  /** Public keys. If there is one, only results with a signature of one of them are used. */
  readonly trust: readonly string[];
  /** Bytes per second. */
  readonly limit?: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** With a lower limit, a transfer would look like a server that does not answer. */
const LOWEST_LIMIT = 1_000_000;

/** The check of the shape has reported values of other types, which are skipped here. */
export function namedCache(document: Located | undefined): NamedCache {
  const diagnostics: Diagnostic[] = [];
  const textAt = (path: Path) => {
    const node = document && nodeAt(document, path);
    return node?.kind === 'scalar' && typeof node.value === 'string'
      ? { text: node.value, span: node.span }
      : undefined;
  };
  const address = textAt([KEY]) ?? textAt([KEY, 'address']);
  const parsed = address && parseCacheAddress(address.text);
  if (address && parsed && !parsed.ok) {
    const { message, suggestion } = parsed.error;
    diagnostics.push(error(`the address of the cache ${message}`, address.span, { suggestion }));
  }
  const list = document && nodeAt(document, [KEY, 'trust']);
  const keys = list?.kind === 'list' ? list.items.map((_, i) => textAt([KEY, 'trust', i])) : [];
  const trust = keys.flatMap((key) => {
    const fault = key && publicKeyFault(key.text);
    if (fault) {
      const suggestion = '"pipeline cache new-key" prints the public key for this list';
      diagnostics.push(error(`this key ${fault}`, key.span, { suggestion }));
    }
    return key ? [key.text] : [];
  });
  const given = textAt([KEY, 'limit']);
  const limit = given && parseSpeed(given.text);
  if (given && limit === undefined) {
    const suggestion = 'write it like 50MB/s; the lowest limit is 1MB/s';
    diagnostics.push(error('the limit is not a speed', given.span, { suggestion }));
  }
  return {
    ...(address && parsed?.ok && { address: address.text }),
    trust,
    ...(limit !== undefined && { limit }),
    diagnostics,
  };
}

/** Bytes per second. Undefined if the text is not such a speed, or if it is too low. */
function parseSpeed(text: string): number | undefined {
  const size = /^(.+)\/\s*s\s*$/.exec(text)?.[1];
  const speed = size === undefined ? undefined : parseByteSize(size);
  return speed !== undefined && speed >= LOWEST_LIMIT ? speed : undefined;
}
