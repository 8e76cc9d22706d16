/** The address of a remote cache, as users write it. It never contains credentials. */
import type { Result } from './result.ts';

export type CacheAddress =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

/** The end of a sentence that begins with the address. */
export interface AddressFault {
  readonly message: string;
  readonly suggestion: string;
}

const FORMS =
  'use https://HOST/PATH, s3://BUCKET/PREFIX, or the path of a folder that begins with "/", "./", "../" or "~/"';

export function parseCacheAddress(text: string): Result<CacheAddress, AddressFault> {
  if (/^(?:\/|\.{1,2}(?:\/|$)|~\/)/.test(text)) return ok({ kind: 'folder', path: text });
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (scheme === undefined || !url) {
    return fail({ message: 'is not the address of a cache', suggestion: FORMS });
  }
  if (url.username !== '' || url.password !== '') return fail(SECRET);
  if (url.search !== '' || url.hash !== '') {
    return fail({ message: 'has a part after "?" or "#"', suggestion: 'remove it' });
  }
  const path = url.pathname.replace(/\/+$/, '');
  switch (scheme) {
    case 'http':
    case 'https':
      return ok({ kind: 'http', url: `${url.origin}${path}` });
    case 's3':
      if (url.hostname === '' || url.port !== '') break;
      // Servers disagree about how other characters are signed.
      if (!/^[\w./-]*$/.test(path)) return fail(OTHER_CHARACTERS);
      return ok({ kind: 's3', bucket: url.hostname, prefix: path.slice(1) });
    case 'file':
      if (url.hostname !== '') break;
      return ok({ kind: 'folder', path: decodeURIComponent(url.pathname) });
  }
  return fail({ message: 'is not the address of a cache', suggestion: FORMS });
}

const OTHER_CHARACTERS: AddressFault = {
  message: 'has a prefix with characters that are not safe in S3',
  suggestion: 'use letters, digits, ".", "_", "-" and "/"',
};

const SECRET: AddressFault = {
  message: 'contains a user name or a password',
  suggestion: 'remove them; put credentials into ~/.netrc, $PIPELINE_CACHE_TOKEN or ~/.aws',
};

// Not those of `result.ts`: the engine's index would load it earlier, and the digest of the code of a
// stage depends on the order of the modules in it.
const ok = <T>(value: T) => ({ ok: true as const, value });
const fail = <E>(error: E) => ({ ok: false as const, error });
