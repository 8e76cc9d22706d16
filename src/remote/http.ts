/**
 * A server that has files by GET, HEAD and PUT: a Bazel cache, or a web server that allows PUT, such
 * as nginx with WebDAV. S3 is such a server too, with signed requests.
 */
import type { IncomingMessage } from 'node:http';
import type { GetOptions, PutOptions, Remote, RemoteBody, RemoteKind } from '../runner/index.ts';
import { answerError, webPage } from './http-errors.ts';
import { beginningOf, drop, type HttpRequest, receive, send } from './http-request.ts';

export interface HttpOptions {
  /** For messages. */
  readonly address: string;
  readonly urlOf: (kind: RemoteKind, name: string) => URL;
  /** Adds credentials to the headers of a request. */
  readonly authorize: (request: Omit<HttpRequest, 'signal'>) => Promise<Record<string, string>>;
}

export class HttpRemote implements Remote {
  readonly address: string;
  private readonly options: HttpOptions;

  constructor(options: HttpOptions) {
    this.address = options.address;
    this.options = options;
  }

  async size(kind: RemoteKind, name: string, signal: AbortSignal): Promise<number | undefined> {
    const answer = await this.ask('HEAD', kind, name, {}, signal);
    const { statusCode, headers } = answer;
    // A server without HEAD gets files that it has already.
    if (isAbsent(answer) || statusCode === 405 || statusCode === 501) {
      drop(answer);
      return undefined;
    }
    if (statusCode !== 200) throw await failure(answer, signal);
    drop(answer);
    const size = headers['content-length'];
    return size === undefined ? undefined : Number(size);
  }

  async get(kind: RemoteKind, name: string, { from, take, signal }: GetOptions): Promise<boolean> {
    const range: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
    const answer = await this.ask('GET', kind, name, range, signal);
    const { statusCode, headers } = answer;
    // Nothing is left after this byte.
    const isEnd = statusCode === 416 && from > 0;
    if (isAbsent(answer) || isEnd) {
      drop(answer);
      return isEnd;
    }
    if (statusCode !== 200 && statusCode !== 206) throw await failure(answer, signal);
    if (kind === 'ac' && headers['content-type']?.startsWith('text/html')) {
      drop(answer);
      throw webPage();
    }
    await receive(answer, statusCode === 206 ? 0 : from, take, signal);
    return true;
  }

  async put(
    kind: RemoteKind,
    name: string,
    body: RemoteBody,
    { ifAbsent, signal }: PutOptions,
  ): Promise<void> {
    const headers = {
      'content-type': 'application/octet-stream',
      ...(ifAbsent && { 'if-none-match': '*' }),
    };
    const answer = await this.ask('PUT', kind, name, headers, signal, body);
    const { statusCode = 0 } = answer;
    // Another machine was faster. 409: it is writing at this moment.
    const isTaken = ifAbsent && (statusCode === 412 || statusCode === 409);
    if (!isTaken && (statusCode < 200 || statusCode >= 300)) throw await failure(answer, signal);
    drop(answer);
  }

  private async ask(
    method: HttpRequest['method'],
    kind: RemoteKind,
    name: string,
    given: Readonly<Record<string, string>>,
    signal: AbortSignal,
    body?: RemoteBody,
  ): Promise<IncomingMessage> {
    const url = this.options.urlOf(kind, name);
    const request = { method, url, headers: given, ...(body && { body }) };
    const headers = { ...given, ...(await this.options.authorize(request)) };
    return send({ ...request, headers, signal });
  }
}

function isAbsent({ statusCode }: IncomingMessage): boolean {
  return statusCode === 404 || statusCode === 410;
}

/** S3 explains itself in XML. */
async function failure(answer: IncomingMessage, signal: AbortSignal): Promise<Error> {
  const text = await beginningOf(answer, signal);
  return answerError(answer, /<Code>(\w+)<\/Code>/.exec(text)?.[1]);
}
