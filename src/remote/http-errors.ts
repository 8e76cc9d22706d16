/** What failures of a connection and answers of a server mean for a remote cache. */
import type { IncomingMessage } from 'node:http';
import { codeOf, isSystemError } from '../base/system-error.ts';
import { RemoteError } from '../runner/index.ts';

export function noConnection(ms: number): RemoteError {
  return new RemoteError('unreachable', `did not answer within ${ms / 1000} s`, {
    advice: CHECK_NETWORK,
  });
}

export function silent(ms: number): RemoteError {
  return new RemoteError('unreachable', `sent nothing for ${ms / 1000} s`);
}

export function cutOff(): RemoteError {
  return new RemoteError('busy', 'closed the connection too early');
}

const CHECK_NETWORK = 'check the address and the network';
const CHECK_CERTIFICATE = 'for a private authority, name its certificate in NODE_EXTRA_CA_CERTS';

const UNREACHABLE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

/** Rethrows an error of the local disk, and a bug. */
export function networkError(problem: unknown): RemoteError {
  if (problem instanceof RemoteError) return problem;
  const code = codeOf(problem);
  if (code === undefined || (isSystemError(problem) && problem.path !== undefined)) throw problem;
  const { message } = problem as Error;
  if (UNREACHABLE.has(code)) {
    return new RemoteError('unreachable', `can't be reached: ${message}`, {
      advice: CHECK_NETWORK,
    });
  }
  if (/CERT|SIGNATURE|EPROTO|ERR_(?:TLS|SSL)/.test(code)) {
    return new RemoteError('unreachable', `has no valid certificate: ${message}`, {
      advice: CHECK_CERTIFICATE,
    });
  }
  return new RemoteError('busy', `closed the connection: ${message}`);
}

/** What to do about an answer that only the settings can change. */
export interface HttpAdvice {
  readonly access: string;
  readonly redirect: string;
}

/** The error of an answer that is no success. `explanation` is a word of the server, if it has one. */
export function answerError(
  { statusCode = 0, headers }: IncomingMessage,
  { access, redirect }: HttpAdvice,
  explanation = '',
): RemoteError {
  const said = `answered ${statusCode}${explanation && ` (${explanation})`}`;
  if (statusCode === 401 || statusCode === 403) {
    return new RemoteError('refused', said, { advice: access });
  }
  if (statusCode >= 300 && statusCode < 400) {
    // What follows may be a password for one request.
    const target = headers.location?.split('?', 1)[0];
    const to = target === undefined ? '' : ` with the address ${target}`;
    return new RemoteError('refused', `${said}${to}`, { advice: redirect });
  }
  if (statusCode === 413) {
    const advice = 'allow larger files there (nginx: client_max_body_size)';
    return new RemoteError('wrong', `${said}: a file is too large for it`, { advice });
  }
  if (
    statusCode === 408 ||
    statusCode === 429 ||
    (statusCode >= 500 && !REFUSALS.has(statusCode))
  ) {
    const seconds = Number(headers['retry-after']);
    const hint = Number.isFinite(seconds) && { retryAfterMs: seconds * 1000 };
    return new RemoteError('busy', said, hint || {});
  }
  // S3: another request changes the same file.
  if (statusCode === 409 && explanation) return new RemoteError('busy', said);
  const advice = REFUSALS.get(statusCode);
  return new RemoteError(statusCode === 400 ? 'wrong' : 'refused', said, advice ? { advice } : {});
}

const NO_PUT = 'check the address, and whether the server allows PUT there';
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [405, NO_PUT],
  [501, NO_PUT],
  [409, 'create the folders "ac" and "cas" there (nginx: create_full_put_path)'],
  [507, 'the disk of the server is full'],
]);

export function webPage(): RemoteError {
  return new RemoteError('wrong', 'answered with a web page instead of a record', {
    advice: 'check the address, and whether a proxy asks you to log in',
  });
}
