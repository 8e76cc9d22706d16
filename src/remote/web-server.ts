/** An HTTP cache, with credentials from `$PIPELINE_CACHE_TOKEN` or `.netrc`. */
import { join } from 'node:path';
import { readOwnFile } from '../base/read-file.ts';
import { HttpRemote } from './http.ts';
import type { HttpLimits } from './http-request.ts';
import { netrcEntry } from './netrc.ts';
import type { RemoteOptions } from './remote-options.ts';
import { sentToken } from './unusable.ts';

const ADVICE = {
  access:
    'put credentials into ~/.netrc; $PIPELINE_CACHE_TOKEN is for the server in $PIPELINE_CACHE',
  redirect: 'name the final address',
};

/** `url` has no "/" at its end. */
export function webServer(url: string, options: RemoteOptions, limits?: HttpLimits): HttpRemote {
  let credentials: Record<string, string> | undefined;
  return new HttpRemote({
    address: url,
    advice: ADVICE,
    urlOf: (kind, name) => new URL(`${url}/${kind}/${name}`),
    authorize: async () => {
      credentials ??= headersFor(new URL(url), options);
      return credentials;
    },
    limits,
  });
}

function headersFor(url: URL, { token, environment, home }: RemoteOptions): Record<string, string> {
  if (token) return { authorization: `Bearer ${sentToken(token)}` };
  const netrc = readOwnFile(environment.NETRC ?? join(home, '.netrc'))?.toString('utf8');
  const entry = netrc === undefined ? undefined : netrcEntry(netrc, url.hostname);
  if (!entry) return {};
  const pair = Buffer.from(`${entry.login}:${entry.password}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}
