/**
 * A file of an artifact, by the artifact's digest and the path in its list. No path of the disk is
 * made from what was asked for: an object is named by its own digest.
 *
 * What stages wrote is not ours: it is shown without the right to do anything in our name.
 */
import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { isDigest, type ObjectStore, readArtifact } from '../../runner/index.ts';

/** False where there is no such file. */
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

/** A page may be alive in itself; it has no origin, so it can ask nothing of this server or another. */
function policyOf(type: string): string {
  const own = "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:";
  if (!type.startsWith('text/html')) return `sandbox; ${own}`;
  return `sandbox allow-scripts allow-downloads allow-popups; ${own}; script-src 'unsafe-inline'`;
}
