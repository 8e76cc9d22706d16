/** The remote cache that a pipeline names. It is a file of its own because it loads the YAML parser. */
import { type NamedCache, namedCache, parseYaml, type SourceFile } from '../runner/index.ts';

/** What is invalid was reported when the pipeline was planned, and is left out. */
export function cacheIn(pipeline: SourceFile): NamedCache {
  return namedCache(parseYaml(pipeline).root);
}
