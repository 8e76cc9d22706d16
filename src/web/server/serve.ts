/**
 * The server of the page, on loopback only. `node:http` is enough for ten addresses and one stream of events, and all
 * headers are set here.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fail, ok, type Result } from '../../base/result.ts';
import { codeOf } from '../../base/system-error.ts';
import { sendEvents } from './events.ts';
import { refusal } from './guard.ts';
import { sendObject } from './object-file.ts';
import { OwnRun, type PlanRun } from './own-run.ts';
import { type PageFiles, pageFile } from './page-files.ts';
import { act, answer, sendJson } from './routes.ts';
import type { Workbench } from './workbench.ts';

export interface ServeOptions {
  readonly page: PageFiles;
  /** Default: 7654, or a free one. */
  readonly port: number | undefined;
  /** How to start a run, and the token that the request must have. */
  readonly runs?: { readonly plan: PlanRun; readonly token: string };
  /** Called with the error of a request that could not be answered, or of a run that the page started. */
  readonly onProblem: (problem: unknown) => void;
}

export interface Served {
  readonly port: number;
  /** Stops a run that the page started, and waits for it. */
  readonly close: () => Promise<void>;
}

const USUAL_PORT = 7654;

/** Fails if the given port is in use. */
export async function serve(
  workbench: Workbench,
  { page, port, runs, onProblem }: ServeOptions,
): Promise<Result<Served, string>> {
  const own = runs && new OwnRun(runs.plan, workbench, onProblem);
  const server = createServer((request, response) => {
    handle(request, response, { workbench, page, token: runs?.token, own }).catch((problem) => {
      response.destroy();
      // The browser closed the connection before the request was complete.
      if (codeOf(problem) !== 'ECONNRESET') onProblem(problem);
    });
  });
  const listening = port === undefined ? await listenAnywhere(server) : await listen(server, port);
  if (!listening.ok) return listening;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await own?.stop();
  };
  return ok({ port: (server.address() as AddressInfo).port, close });
}

interface Given {
  readonly workbench: Workbench;
  readonly page: PageFiles;
  readonly token: string | undefined;
  readonly own: OwnRun | undefined;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { workbench, page, token, own }: Given,
): Promise<void> {
  const { method = '', headers, url: target = '/' } = request;
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  const refused = refusal({ method, headers }, token);
  if (refused) return sendJson(response, refused.status, { error: refused.error });
  const url = URL.canParse(target, BASE) ? new URL(target, BASE) : undefined;
  if (!url) return sendJson(response, 400, { error: 'not a valid address' });
  if (method === 'POST') {
    const body = await readBody(request);
    const done = body === undefined || !own ? undefined : await act(url.pathname, body, own);
    if (!done) return sendJson(response, 404, { error: 'not found' });
    return sendJson(response, done.ok ? 200 : 409, done.ok ? done.value : { error: done.error });
  }
  if (url.pathname === '/events') return sendEvents(workbench, response);
  const object = /^\/object\/([^/]+)\/(.+)$/.exec(url.pathname);
  const store = workbench.prepared?.planContext.store;
  const path = object && decoded(object[2]!);
  if (store && path && sendObject(object[1]!, path, store, response)) return;
  const file = pageFile(page, url.pathname);
  if (file) {
    response.writeHead(200, { 'content-type': file.type, 'cache-control': 'no-cache' });
    response.end(file.text);
    return;
  }
  const answered = answer(url, workbench);
  if (!answered) return sendJson(response, 404, { error: 'not found' });
  const status = answered.ok ? 200 : 404;
  sendJson(response, status, answered.ok ? answered.value : { error: answered.error });
}

const BASE = 'http://localhost';

/** Allows only our scripts, nothing from other hosts, and no embedding in another page. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

const MOST_BODY = 64 << 10;

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request) {
    length += (piece as Buffer).length;
    if (length > MOST_BODY) return undefined;
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch (problem) {
    if (problem instanceof URIError) return undefined;
    throw problem;
  }
}

/** The default port, or a free one. */
async function listenAnywhere(server: Server): Promise<Result<void, string>> {
  const usual = await listen(server, USUAL_PORT);
  return usual.ok ? usual : listen(server, 0);
}

function listen(server: Server, port: number): Promise<Result<void, string>> {
  return new Promise((resolve) => {
    const failed = (problem: Error): void => resolve(fail(`port ${port}: ${problem.message}`));
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', failed);
      resolve(ok(undefined));
    });
  });
}
