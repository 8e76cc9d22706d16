/** The remote cache that a pipeline names. It is a file of its own because it loads the YAML parser. */
import { type CacheAddress, parseCacheAddress } from '../base/cache-address.ts';
import { namedCache, parseYaml, type SourceFile } from '../runner/index.ts';

/** An invalid address was reported when the pipeline was planned. */
export function addressIn(pipeline: SourceFile): CacheAddress | undefined {
  const { address } = namedCache(parseYaml(pipeline).root);
  const parsed = address === undefined ? undefined : parseCacheAddress(address);
  return parsed?.ok ? parsed.value : undefined;
}
