/**
 * A server that has files by GET, HEAD and PUT: a Bazel cache, or a web server that allows PUT, such
 * as nginx with WebDAV. S3 is such a server too, with signed requests.
 */
import type { IncomingMessage } from 'node:http';
import {
  type GetOptions,
  type PutOptions,
  type Remote,
  type RemoteBody,
  RemoteError,
  type RemoteKind,
} from '../runner/index.ts';
import { answerError, type HttpAdvice, webPage } from './http-errors.ts';
import {
  beginningOf,
  drop,
  type HttpLimits,
  type HttpRequest,
  receive,
  send,
} from './http-request.ts';

export interface HttpOptions {
  /** For messages. */
  readonly address: string;
  readonly advice: HttpAdvice;
  readonly urlOf: (kind: RemoteKind, name: string) => URL;
  /** Adds credentials to the headers of a request. */
  readonly authorize: (request: HttpRequest) => Promise<Record<string, string>>;
  readonly limits?: HttpLimits | undefined;
}

export class HttpRemote implements Remote {
  readonly address: string;
  private readonly options: HttpOptions;

  constructor(options: HttpOptions) {
    this.address = options.address;
    this.options = options;
  }

  async size(kind: RemoteKind, name: string, signal: AbortSignal): Promise<number | undefined> {
    const url = this.urlOf(kind, name);
    const answer = await this.request({ method: 'HEAD', url, signal });
    const { statusCode, headers } = answer;
    // A server without HEAD gets files that it has already.
    if (isAbsent(answer) || statusCode === 405 || statusCode === 501) {
      drop(answer);
      return undefined;
    }
    if (statusCode !== 200) throw await this.failure(answer, signal);
    drop(answer);
    const size = headers['content-length'];
    return size === undefined ? undefined : Number(size);
  }

  async get(kind: RemoteKind, name: string, options: GetOptions): Promise<boolean> {
    const { from, signal } = options;
    const range = from > 0 && { headers: { range: `bytes=${from}-` } };
    const url = this.urlOf(kind, name);
    const answer = await this.request({ method: 'GET', url, ...range, signal });
    const { statusCode, headers } = answer;
    if (isAbsent(answer)) {
      const code = await codeIn(answer, signal);
      if (code === undefined || code === 'NoSuchKey') return false;
      if (code !== 'NoSuchBucket') throw answerError(answer, this.options.advice, code);
      throw new RemoteError('unreachable', 'does not exist', { advice: 'create the bucket' });
    }
    // Nothing is left after this byte.
    if (statusCode === 416 && from > 0) {
      drop(answer);
      return true;
    }
    if (statusCode !== 200 && statusCode !== 206) throw await this.failure(answer, signal);
    if (kind === 'ac' && headers['content-type']?.startsWith('text/html')) {
      drop(answer);
      throw webPage();
    }
    await receive(answer, statusCode === 206 ? 0 : from, options);
    return true;
  }

  async put(
    kind: RemoteKind,
    name: string,
    body: RemoteBody,
    { ifAbsent, pace, signal }: PutOptions,
  ): Promise<void> {
    const headers = {
      'content-type': 'application/octet-stream',
      ...(ifAbsent && { 'if-none-match': '*' }),
    };
    const url = this.urlOf(kind, name);
    const answer = await this.request({ method: 'PUT', url, headers, body, pace, signal });
    const { statusCode = 0 } = answer;
    const isStored = statusCode >= 200 && statusCode < 300;
    // Another machine was faster.
    if (isStored || (ifAbsent && statusCode === 412)) drop(answer);
    else {
      const code = await codeIn(answer, signal);
      // S3: another machine is writing it at this moment. A web server says that a folder is missing.
      if (ifAbsent && statusCode === 409 && code !== undefined) return;
      throw answerError(answer, this.options.advice, code);
    }
  }

  urlOf(kind: RemoteKind, name: string): URL {
    return this.options.urlOf(kind, name);
  }

  /** Adds credentials. */
  async request(request: HttpRequest): Promise<IncomingMessage> {
    const { authorize, limits } = this.options;
    const credentials = await authorize(request);
    return send({ ...request, limits, headers: { ...request.headers, ...credentials } });
  }

  /** The error of an answer that is no success. */
  async failure(answer: IncomingMessage, signal: AbortSignal): Promise<RemoteError> {
    return answerError(answer, this.options.advice, await codeIn(answer, signal));
  }
}

function isAbsent({ statusCode }: IncomingMessage): boolean {
  return statusCode === 404 || statusCode === 410;
}

/** S3 explains itself in XML. */
async function codeIn(answer: IncomingMessage, signal: AbortSignal): Promise<string | undefined> {
  return /<Code>(\w+)<\/Code>/.exec(await beginningOf(answer, signal))?.[1];
}
