/**
 * One HTTP request. With Node's own client, because `fetch` has no time limit for a connection and
 * sends no file of a known length.
 */
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { isStop } from '../base/is-stop.ts';
import { isSystemError } from '../base/system-error.ts';
import { timeLimit } from '../base/time-limit.ts';
import type { GetOptions, Pace, RemoteBody } from '../runner/index.ts';
import { cutOff, networkError, noConnection, silent } from './http-errors.ts';
import { piecesOf } from './pieces.ts';

export interface HttpLimits {
  readonly connectMs: number;
  /** Without any byte in either direction. */
  readonly silentMs: number;
  /** A server may store and hash a large file before it answers. */
  readonly silentUploadMs: number;
}

export const LIMITS: HttpLimits = { connectMs: 2000, silentMs: 5000, silentUploadMs: 60_000 };

/** Connections are kept for the next request, and do not keep the process alive. */
const plain = new HttpAgent({ keepAlive: true });
const secure = new HttpsAgent({ keepAlive: true });

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RemoteBody;
  readonly pace?: Pace | undefined;
  readonly limits?: HttpLimits | undefined;
  readonly signal: AbortSignal;
}

/** Resolves with the head of the answer. Its body must be read or dropped. */
export function send(given: HttpRequest): Promise<IncomingMessage> {
  const { method, url, headers, body, pace, limits = LIMITS, signal } = given;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const isSecure = url.protocol === 'https:';
    const length = body && { 'content-length': String(body.size) };
    const request = (isSecure ? httpsRequest : httpRequest)(url, {
      method,
      headers: { 'user-agent': 'lowrank-pipeline', ...headers, ...length },
      agent: isSecure ? secure : plain,
      signal,
    });
    // Not `once`: a connection may fail again after the request was given up.
    request.on('error', (problem) => {
      reject(signal.aborted ? signal.reason : networkError(problem));
    });
    request.on('socket', (socket) => {
      if (socket.connecting) limitConnecting(request, socket, isSecure, limits);
      const silentMs = body ? limits.silentUploadMs : limits.silentMs;
      let end = limitSilence(silentMs, socket, request);
      request.on('response', (answer) => {
        end();
        end = limitSilence(limits.silentMs, socket, answer);
        resolve(answer);
      });
      request.on('close', () => end());
    });
    if (!body) request.end();
    else {
      // The request would only report that it was cut off.
      const onFault = (problem: unknown): void =>
        reject(isStop(problem, signal) ? signal.reason : problem);
      const pieces = reported(piecesOf(body, pace), onFault);
      // The request reports it. A server may also answer before it has read everything.
      pipeline(pieces, request).catch((problem: Error) => request.destroy(problem));
    }
  });
}

function limitConnecting(
  request: ClientRequest,
  socket: Socket,
  isSecure: boolean,
  { connectMs }: HttpLimits,
): void {
  const end = timeLimit(connectMs, () => request.destroy(noConnection(connectMs)));
  socket.once(isSecure ? 'secureConnect' : 'connect', end);
  socket.once('close', end);
}

/** Destroys a request or an answer if no byte passes in either direction. */
function limitSilence(ms: number, socket: Socket, stream: ClientRequest | IncomingMessage) {
  const passed = (): number => socket.bytesRead + socket.bytesWritten - socket.writableLength;
  // Bytes that wait for the limit of speed are not silence.
  const isWaiting = (): boolean => 'readableLength' in stream && stream.readableLength > 0;
  return timeLimit(
    ms,
    () => stream.destroy(silent(ms)),
    () => (isWaiting() ? {} : passed()),
  );
}

async function* reported<T>(
  pieces: AsyncIterable<T>,
  onFault: (problem: unknown) => void,
): AsyncGenerator<T> {
  try {
    yield* pieces;
  } catch (problem) {
    onFault(problem);
    throw problem;
  }
}

/** Calls `take` with the bytes of an answer, except for the first `skip` ones. */
export async function receive(
  answer: IncomingMessage,
  skip: number,
  { take, pace, signal }: Omit<GetOptions, 'from'>,
): Promise<void> {
  let left = skip;
  let taking = false;
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      const bytes = piece.subarray(Math.min(left, piece.length));
      left -= piece.length - bytes.length;
      taking = true;
      if (bytes.length > 0) take(bytes);
      taking = false;
      await pace?.(bytes.length);
    }
  } catch (problem) {
    if (taking) throw problem;
    signal.throwIfAborted();
    throw networkError(problem);
  }
  if (!answer.complete) throw cutOff();
}

/** The beginning of a text that explains a failure. Empty if the connection fails as well. */
export async function beginningOf(answer: IncomingMessage, signal: AbortSignal): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      pieces.push(piece);
      length += piece.length;
      if (length > MOST_EXPLAINED) break;
    }
  } catch (problem) {
    signal.throwIfAborted();
    // The status of the answer says enough.
    if (!isSystemError(problem)) throw networkError(problem);
  }
  return Buffer.concat(pieces).toString('utf8', 0, MOST_EXPLAINED);
}

const MOST_EXPLAINED = 4096;

/** Frees the connection for the next request. */
export function drop(answer: IncomingMessage): void {
  answer.on('error', () => undefined);
  answer.resume();
}
