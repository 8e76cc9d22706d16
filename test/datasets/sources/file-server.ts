/**
 * A server of files on loopback whose faults the test chooses: it cuts, holds, refuses and forgets.
 *
 * Nothing sleeps: a held answer ends when the test cuts it, or never.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServedFile {
  bytes: Uint8Array;
  etag?: string;
  lastModified?: string;
  /** Answers a request for a part with the complete file. */
  wholeOnly?: boolean;
  /** Does not send the length. */
  unmeasured?: boolean;
}

/** The faults of the next answers, one each. */
export type Fault =
  /** Sends this many bytes, then holds the connection until `cut` is called. */
  { readonly holdAfter: number } | { readonly status: number } | { readonly well: true };

export interface Request {
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

export class FileServer {
  readonly files = new Map<string, ServedFile>();
  readonly requests: Request[] = [];
  readonly faults: Fault[] = [];
  private readonly server: Server;
  private held: ServerResponse | undefined;

  constructor() {
    this.server = createServer((request, response) => this.answer(request, response));
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${path}`;
  }

  /** Ends the held connection. */
  cut(): void {
    this.held?.destroy();
    this.held = undefined;
  }

  get ranges(): readonly (string | undefined)[] {
    return this.requests.map((request) => request.range);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url!.slice(1);
    const { range } = request.headers;
    const ifRange = request.headers['if-range'] as string | undefined;
    this.requests.push({ path, range, ifRange });
    const fault = this.faults.shift() ?? { well: true };
    const file = this.files.get(path);
    if ('status' in fault || !file) {
      response.writeHead('status' in fault ? fault.status : 404).end('no');
      return;
    }
    const { bytes, etag, lastModified } = file;
    const from = file.wholeOnly ? 0 : startOf(range, ifRange, file);
    if (etag) response.setHeader('etag', etag);
    if (lastModified) response.setHeader('last-modified', lastModified);
    if (from >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    if (!file.unmeasured) response.setHeader('content-length', bytes.length - from);
    if (from > 0) {
      response.setHeader('content-range', `bytes ${from}-${bytes.length - 1}/${bytes.length}`);
    }
    response.writeHead(from > 0 ? 206 : 200);
    if ('holdAfter' in fault) {
      this.held = response;
      response.write(bytes.subarray(from, from + fault.holdAfter));
    } else {
      response.end(bytes.subarray(from));
    }
  }
}

function startOf(
  range: string | undefined,
  ifRange: string | undefined,
  { etag, lastModified }: ServedFile,
): number {
  if (range === undefined) return 0;
  if (ifRange !== undefined && ifRange !== etag && ifRange !== lastModified) return 0;
  return Number(/^bytes=(\d+)-$/.exec(range)![1]);
}
