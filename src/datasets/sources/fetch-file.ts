/**
 * One file over https, taken up where an earlier try left off: a cut connection, a killed process and
 * a busy server cost what is missing and not what is there.
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

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** Bytes here, and in all where the server says. */
  onProgress(received: number, total: number | undefined): void;
  /** How often a try that failed is repeated. Default: 4. */
  readonly retries?: number;
  /** Without a byte for this long the try is given up. Default: 30. */
  readonly stallSeconds?: number;
  /** Before the first repetition; doubled each time. Default: 1. */
  readonly backoffSeconds?: number;
}

/** The file as it is at `path` afterwards is whole, but not checked. Throws what the last try met. */
export async function fetchFile(url: string, path: string, options: FetchOptions): Promise<void> {
  const { retries = 4, backoffSeconds = 1, signal } = options;
  for (let tried = 0; ; tried++) {
    try {
      await fetchRest(url, path, options);
      return;
    } catch (problem) {
      signal.throwIfAborted();
      if (tried >= retries || !(problem instanceof TryAgain)) throw problem;
      await wait(backoffSeconds * 1000 * 2 ** tried, undefined, { signal });
    }
  }
}

/** Worth another try: the same request may go well. */
class TryAgain extends Error {}

async function fetchRest(url: string, path: string, options: FetchOptions): Promise<void> {
  const partial = `${path}.part`;
  const tagFile = `${path}.tag`;
  const here = existsSync(partial) && existsSync(tagFile) ? statSync(partial).size : 0;
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (here > 0) {
    headers.range = `bytes=${here}-`;
    // The rest is only wanted of the very file that the beginning came from.
    headers['if-range'] = readFileSync(tagFile, 'utf8');
  }
  const stall = new Stall(options);
  try {
    const response = await request(url, headers, stall.signal);
    if (response.status === RANGE_NOT_SATISFIABLE) {
      // Nothing is missing where a process was killed between the last byte and the new name.
      if (response.headers.get('content-range') === `bytes */${here}`) return become(path);
      rmSync(tagFile, { force: true });
      throw new TryAgain('the server has less than what is here');
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
    if (total !== undefined && received < total) throw new TryAgain('the connection was cut');
  } finally {
    stall.over();
  }
  become(path);
}

const RANGE_NOT_SATISFIABLE = 416;

/** The partial file is the whole one. */
function become(path: string): void {
  renameSync(`${path}.part`, path);
  rmSync(`${path}.tag`, { force: true });
}

const LASTING = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  // A firewall that drops packets: each try would cost its ten seconds.
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
    const code = ((problem as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? '';
    const message = code || (problem as Error).message;
    // No such host, or no answer: that does not change within seconds.
    throw LASTING.includes(code) ? new Error(message) : new TryAgain(message);
  }
  if (response.ok || (headers.range && response.status === RANGE_NOT_SATISFIABLE)) return response;
  const message = `the server answered ${response.status}`;
  throw response.status >= 500 || response.status === 429
    ? new TryAgain(message)
    : new Error(message);
}

async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  try {
    for await (const piece of response.body) yield piece as Uint8Array;
  } catch (problem) {
    throw new TryAgain((problem as Error).message);
  }
}

/** Aborts a try in which nothing moves. */
class Stall {
  private readonly own = new AbortController();
  private readonly timer: NodeJS.Timeout;
  readonly signal: AbortSignal;

  constructor({ signal, stallSeconds = 30 }: FetchOptions) {
    this.signal = AbortSignal.any([signal, this.own.signal]);
    const message = `nothing came for ${stallSeconds} s`;
    this.timer = setTimeout(() => this.own.abort(new Error(message)), stallSeconds * 1000);
  }

  moved(): void {
    this.timer.refresh();
  }

  over(): void {
    clearTimeout(this.timer);
  }
}
