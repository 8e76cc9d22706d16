/**
 * Who may ask. The server listens on loopback alone; what is left are pages of other origins in the
 * same browser, names that are made to point here, and other programs of this machine.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { TOKEN_HEADER } from '../messages.ts';

/** A name that somebody else can make point to this machine is none of these. */
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

export interface Asked {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** Why a request is refused; undefined where it may be answered. `token` is undefined where none may act. */
export function refusal(
  { method, headers }: Asked,
  token: string | undefined,
): Refused | undefined {
  const { host = '', origin } = headers;
  if (!LOOPBACK.test(host)) return { status: 421, error: 'this server has another name' };
  // A forwarded port is another one than ours, so the page's own is what the browser says it is.
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, error: 'a page of another origin asked' };
  }
  if (method === 'GET' || method === 'HEAD') return undefined;
  if (method !== 'POST') return { status: 405, error: 'only GET and POST' };
  if (token === undefined) return { status: 403, error: 'it was started without --allow-run' };
  if (origin === undefined) return { status: 403, error: 'no origin was given' };
  if (!isSame(String(headers[TOKEN_HEADER] ?? ''), token)) {
    return { status: 403, error: 'the token is missing: open the address that was printed' };
  }
  return undefined;
}

export interface Refused {
  readonly status: 403 | 405 | 421;
  readonly error: string;
}

/** In a time that does not tell how much of it was right. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
