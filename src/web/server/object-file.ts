/**
 * Serves a file of an artifact, named by the artifact's digest and the path in its list. The request never becomes a
 * path on the disk: objects are named by their digests.
 *
 * Files that stages wrote are not trusted, so they are served without any rights.
 */
import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { isDigest, type ObjectStore, readArtifact } from '../../runner/index.ts';

/** False if the file does not exist. */
export function sendObject(
  artifact: string,
  path: string,
  store: ObjectStore,
  response: ServerResponse,
): boolean {
  if (!isDigest(artifact)) return false;
  const file = readArtifact(artifact, store)?.files.find((one) => one.path === path);
  if (!file || !store.has(file.digest, file.size)) return false;
  const type = typeOf(path);
  response.writeHead(200, {
    'content-type': type,
    'content-length': file.size,
    'content-security-policy': policyOf(type),
    'cache-control': 'private, max-age=31536000, immutable',
    ...(type === OTHER && { 'content-disposition': 'attachment' }),
  });
  createReadStream(store.path(file.digest))
    .on('error', () => response.destroy())
    .pipe(response);
  return true;
}

const OTHER = 'application/octet-stream';

const types: readonly (readonly [RegExp, string])[] = [
  [/\.svg$/i, 'image/svg+xml'],
  [/\.png$/i, 'image/png'],
  [/\.jpe?g$/i, 'image/jpeg'],
  [/\.gif$/i, 'image/gif'],
  [/\.webp$/i, 'image/webp'],
  [/\.pdf$/i, 'application/pdf'],
  [/\.html?$/i, 'text/html; charset=utf-8'],
  [
    /\.(?:txt|log|md|csv|tsv|ya?ml|tex|py|[cm]?[jt]s|json|jsonl)$|(?:^|\/)[^.]+$/i,
    'text/plain; charset=utf-8',
  ],
];

function typeOf(path: string): string {
  return types.find(([pattern]) => pattern.test(path))?.[1] ?? OTHER;
}

/** Scripts of such a page may run, but it has no origin, so it can send no requests to any server. */
function policyOf(type: string): string {
  const own = "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:";
  if (!type.startsWith('text/html')) return `sandbox; ${own}`;
  return `sandbox allow-scripts allow-downloads allow-popups; ${own}; script-src 'unsafe-inline'`;
}
