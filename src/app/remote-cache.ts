/** Finds the remote cache of a project: `$PIPELINE_CACHE`, else the one that the pipeline names. */
import { homedir } from 'node:os';
import { type CacheAddress, parseCacheAddress } from '../base/cache-address.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { CacheMode, Diagnostic, RemoteSource, SourceFile } from '../runner/index.ts';

const VARIABLE = 'PIPELINE_CACHE';
const TOKEN = 'PIPELINE_CACHE_TOKEN';

export interface CacheSources {
  readonly mode: CacheMode;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder of the pipeline. */
  readonly root: string;
  readonly readPipeline: () => SourceFile | undefined;
}

/** Undefined if no cache is wanted. The pipeline is read only when a result is missing. */
export function remoteSource({
  mode,
  environment,
  root,
  readPipeline,
}: CacheSources): Result<RemoteSource | undefined, Diagnostic> {
  const variable = environment[VARIABLE];
  if (mode === 'off' || variable === 'off') return ok(undefined);
  const given = variable ? parseCacheAddress(variable) : undefined;
  if (given && !given.ok) {
    const { message, suggestion } = given.error;
    return fail({ severity: 'error', message: `$${VARIABLE} ${message}`, suggestion });
  }
  const open: RemoteSource['open'] = async () => {
    const address = given?.value ?? (await named(readPipeline()));
    if (!address) return undefined;
    const { openRemote } = await import('../remote/open-remote.ts');
    // A pipeline can name any server, so it does not get the token.
    const token = given && environment[TOKEN];
    return openRemote(address, { root, home: homedir(), environment, token });
  };
  return ok({ open, writes: mode === 'write' });
}

async function named(pipeline: SourceFile | undefined): Promise<CacheAddress | undefined> {
  // Most pipelines name no cache, and parsing a large one takes a while.
  if (!pipeline || !/\bcache\b/.test(pipeline.text)) return undefined;
  const { addressIn } = await import('./named-address.ts');
  return addressIn(pipeline);
}

/** The variables that stages and pipelines may read. */
export function withoutSecrets<T>({ [TOKEN]: _secret, ...rest }: Record<string, T>): typeof rest {
  return rest;
}
