/**
 * Checks who sent a request. The server listens only on loopback. This refuses pages of other origins in the same
 * browser, host names that were made to point here, and other programs of this machine.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { TOKEN_HEADER } from '../messages.ts';

/** Other names can be made to point to this machine. */
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

export interface Asked {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** Why a request is refused; undefined if it is allowed. Without a `token`, no request may start a run. */
export function refusal(
  { method, headers }: Asked,
  token: string | undefined,
): Refused | undefined {
  const { host = '', origin } = headers;
  if (!LOOPBACK.test(host)) return { status: 421, error: 'unknown host name' };
  // With a forwarded port, the page has another port than the server.
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, error: 'requests from another origin are refused' };
  }
  if (method === 'GET' || method === 'HEAD') return undefined;
  if (method !== 'POST') return { status: 405, error: 'only GET and POST are allowed' };
  if (token === undefined)
    return { status: 403, error: 'the server was started without --allow-run' };
  if (origin === undefined) return { status: 403, error: 'the request has no origin' };
  if (!isSame(String(headers[TOKEN_HEADER] ?? ''), token)) {
    return {
      status: 403,
      error: 'the token is missing: open the address that "pipeline ui" printed',
    };
  }
  return undefined;
}

export interface Refused {
  readonly status: 403 | 405 | 421;
  readonly error: string;
}

/** Takes the same time for any number of correct characters. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
