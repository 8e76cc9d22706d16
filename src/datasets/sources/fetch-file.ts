/**
 * Downloads one file over https. It continues where an earlier attempt stopped: after a cut connection, after an
 * error of the server, and after the process was killed.
 *
 * The retries of undici continue a download only within one process and only with an etag. They fail if the server
 * has another file by then or does not serve parts; this starts again.
 */
import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { ExpectedError } from '../../base/expected-error.ts';
import { codeOf } from '../../base/system-error.ts';

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** `total` is undefined if the server does not send a length. */
  onProgress(received: number, total: number | undefined): void;
  /** Default: 4. */
  readonly retries?: number;
  /** After this time without a byte, the attempt fails. Default: 30. */
  readonly stallSeconds?: number;
  /** The wait before the first retry; doubled each time. Default: 1. */
  readonly backoffSeconds?: number;
}

/** Afterwards the file at `path` is complete, but its content is not checked. Throws the last error. */
export async function fetchFile(url: string, path: string, options: FetchOptions): Promise<void> {
  const { retries = 4, backoffSeconds = 1, signal } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      await fetchRest(url, path, options);
      return;
    } catch (problem) {
      signal.throwIfAborted();
      if (attempt >= retries || !(problem instanceof TemporaryFailure)) throw problem;
      await wait(backoffSeconds * 1000 * 2 ** attempt, undefined, { signal });
    }
  }
}

/** The same request may succeed later. */
class TemporaryFailure extends ExpectedError {}

async function fetchRest(url: string, path: string, options: FetchOptions): Promise<void> {
  const partial = `${path}.part`;
  const tagFile = `${path}.tag`;
  const here = existsSync(partial) && existsSync(tagFile) ? statSync(partial).size : 0;
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (here > 0) {
    headers.range = `bytes=${here}-`;
    // Otherwise the rest of another file would follow this beginning.
    headers['if-range'] = readFileSync(tagFile, 'utf8');
  }
  const stall = new Stall(options);
  try {
    const response = await request(url, headers, stall.signal);
    if (response.status === RANGE_NOT_SATISFIABLE) {
      // The file is complete if a process was killed after the last byte and before the renaming.
      if (response.headers.get('content-range') === `bytes */${here}`) return finish(path);
      rmSync(tagFile, { force: true });
      throw new TemporaryFailure('the file on the server is shorter than the part here');
    }
    const resumed = response.status === 206;
    if (!resumed) {
      writeFileSync(partial, '');
      const tag = response.headers.get('etag') ?? response.headers.get('last-modified');
      if (tag) writeFileSync(tagFile, tag);
      else rmSync(tagFile, { force: true });
    }
    let received = resumed ? here : 0;
    const length = response.headers.get('content-length');
    const total = length === null ? undefined : received + Number(length);
    for await (const piece of bodyOf(response)) {
      stall.moved();
      appendFileSync(partial, piece);
      received += piece.length;
      options.onProgress(received, total);
    }
    if (total !== undefined && received < total)
      throw new TemporaryFailure('the connection was cut');
  } finally {
    stall.over();
  }
  finish(path);
}

const RANGE_NOT_SATISFIABLE = 416;

/** The partial file is complete. */
function finish(path: string): void {
  renameSync(`${path}.part`, path);
  rmSync(`${path}.tag`, { force: true });
}

/** They do not change within seconds. */
const LASTING = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  // A firewall drops the packets, and each attempt takes ten seconds.
  'UND_ERR_CONNECT_TIMEOUT',
];

async function request(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { headers, signal, redirect: 'follow' });
  } catch (problem) {
    throw failureOf(problem);
  }
  if (response.ok || (headers.range && response.status === RANGE_NOT_SATISFIABLE)) return response;
  const message = `the server answered ${response.status}`;
  const isTemporary = response.status >= 500 || response.status === 429;
  throw isTemporary ? new TemporaryFailure(message) : new ExpectedError(message);
}

async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  try {
    for await (const piece of response.body) yield piece as Uint8Array;
  } catch (problem) {
    throw failureOf(problem);
  }
}

/** `fetch` throws a TypeError if the network fails, and the reason of the signal if that aborts. */
function failureOf(problem: unknown): unknown {
  if (!(problem instanceof TypeError)) return problem;
  const code = codeOf(problem.cause) ?? '';
  const message = code || problem.message;
  return LASTING.includes(code) ? new ExpectedError(message) : new TemporaryFailure(message);
}

/** Aborts an attempt that receives nothing. */
class Stall {
  private readonly own = new AbortController();
  private readonly timer: NodeJS.Timeout;
  readonly signal: AbortSignal;

  constructor({ signal, stallSeconds = 30 }: FetchOptions) {
    this.signal = AbortSignal.any([signal, this.own.signal]);
    const failure = new TemporaryFailure(`no data for ${stallSeconds} s`);
    this.timer = setTimeout(() => this.own.abort(failure), stallSeconds * 1000);
  }

  moved(): void {
    this.timer.refresh();
  }

  over(): void {
    clearTimeout(this.timer);
  }
}
