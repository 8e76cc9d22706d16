/** A cache in memory behind a real HTTP server that can fail in many ways. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type Handler = (
  request: IncomingMessage,
  answer: ServerResponse,
  /** What the server has under this name. */
  stored: Buffer | undefined,
  /** Answers as usual. */
  usual: () => void,
) => void;

export class FaultServer {
  url = '';
  readonly files = new Map<string, Buffer>();
  readonly requests: string[] = [];
  /** Answers instead of the server. */
  handler: Handler = (_request, _answer, _stored, usual) => usual();
  private readonly server = createServer((request, answer) => this.handle(request, answer));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => void this.server.listen(0, '127.0.0.1', () => resolve()));
    this.url = `http://127.0.0.1:${(this.server.address() as { port: number }).port}`;
    return this;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private handle(request: IncomingMessage, answer: ServerResponse): void {
    const { method, url = '' } = request;
    this.requests.push(`${method} ${url.slice(0, 8)}`);
    const stored = this.files.get(url);
    this.handler(request, answer, stored, () => {
      if (method === 'PUT') return this.store(request, answer);
      if (!stored) return void answer.writeHead(404).end();
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const bytes = stored.subarray(from);
      answer.writeHead(from > 0 ? 206 : 200, { 'content-length': bytes.length });
      answer.end(method === 'HEAD' ? undefined : bytes);
    });
  }

  private store(request: IncomingMessage, answer: ServerResponse): void {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      this.files.set(request.url!, Buffer.concat(pieces));
      answer.writeHead(201).end();
    });
  }
}
