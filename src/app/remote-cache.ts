/**
 * Finds the remote cache of a project: `$PIPELINE_CACHE`, else the one that the pipeline names. Keys
 * and limits are always those of the pipeline.
 */
import { homedir } from 'node:os';
import { type CacheAddress, parseCacheAddress } from '../base/cache-address.ts';
import { readText } from '../base/read-file.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { PRIVATE } from '../base/signing-keys.ts';
import { unlessRefused } from '../base/system-error.ts';
import {
  type CacheMode,
  type Diagnostic,
  type NamedCache,
  type RemoteSource,
  type Signer,
  type SourceFile,
  signerOf,
} from '../runner/index.ts';

const VARIABLE = 'PIPELINE_CACHE';
const TOKEN = 'PIPELINE_CACHE_TOKEN';
const SIGNING_KEY = 'PIPELINE_CACHE_SIGNING_KEY';

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
  const signer = signerIn(environment);
  if (!signer.ok) return signer;
  const open: RemoteSource['open'] = async () => {
    const named = await namedCache(readPipeline());
    const address = given?.value ?? addressOf(named);
    if (!address) return undefined;
    const { openRemote } = await import('../remote/open-remote.ts');
    // A pipeline can name any server, so it does not get the token.
    const token = given && environment[TOKEN]?.trim();
    const remote = await openRemote(address, { root, home: homedir(), environment, token });
    return { remote, trust: named?.trust ?? [], limit: named?.limit, signer: signer.value };
  };
  return ok({ open, writes: mode === 'write' });
}

function addressOf(named: NamedCache | undefined): CacheAddress | undefined {
  // An invalid address was reported when the pipeline was planned.
  const parsed = named?.address === undefined ? undefined : parseCacheAddress(named.address);
  return parsed?.ok ? parsed.value : undefined;
}

/** The variable has the key itself, or the path of a file with it. */
function signerIn(
  environment: CacheSources['environment'],
): Result<Signer | undefined, Diagnostic> {
  const given = environment[SIGNING_KEY]?.trim();
  if (!given) return ok(undefined);
  const text = given.startsWith(PRIVATE) ? given : unlessRefused(() => readText(given));
  const signer = text === undefined ? undefined : signerOf(text.trim());
  if (signer) return ok(signer);
  // The value is not shown, because it may be a damaged key.
  const message = `$${SIGNING_KEY} is neither a private key nor the path of a file with one`;
  const suggestion = '"pipeline cache new-key FILE" makes such a file';
  return fail({ severity: 'error', message, suggestion });
}

async function namedCache(pipeline: SourceFile | undefined): Promise<NamedCache | undefined> {
  // Most pipelines name no cache, and parsing a large one takes a while.
  if (!pipeline || !/\bcache\b/.test(pipeline.text)) return undefined;
  const { cacheIn } = await import('./named-cache.ts');
  return cacheIn(pipeline);
}

/** The variables that stages and pipelines may read. */
export function withoutSecrets<T>(environment: Record<string, T>): Record<string, T> {
  const { [TOKEN]: _token, [SIGNING_KEY]: _key, ...rest } = environment;
  return rest;
}
