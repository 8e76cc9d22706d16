/** The ways in which a server fails. */
import type { Handler } from './fault-server.ts';

export const isRecord = (path: string): boolean => path.startsWith('/ac/');

/** For GET only, so that uploads work. */
export const reads =
  (fault: Handler): Handler =>
  (request, answer, stored, usual) =>
    request.method === 'GET' ? fault(request, answer, stored, usual) : usual();

export const objects =
  (fault: Handler): Handler =>
  (request, answer, stored, usual) =>
    request.method === 'GET' && stored && request.url?.startsWith('/cas/')
      ? fault(request, answer, stored, usual)
      : usual();

export const status =
  (code: number, headers: Record<string, string> = {}): Handler =>
  (_request, answer) =>
    void answer.writeHead(code, headers).end();

export const cut: Handler = (_request, answer, stored) => {
  answer.writeHead(200, { 'content-length': stored?.length ?? 100 });
  answer.write((stored ?? Buffer.alloc(9)).subarray(0, 5), () => answer.destroy());
};

export const page: Handler = (_request, answer) =>
  void answer
    .writeHead(200, { 'content-type': 'text/html' })
    .end('<html><body>Log in to the network</body></html>');

export const wrong: Handler = (_request, answer, stored) => {
  const bytes = Buffer.from(stored!);
  bytes[0]! ^= 1;
  answer.end(bytes);
};

export const longer: Handler = (_request, answer, stored) =>
  void answer.end(Buffer.concat([stored!, Buffer.alloc(1000)]));

export const stall: Handler = (_request, answer, stored) => {
  answer.writeHead(200, { 'content-length': stored?.length ?? 100 });
  answer.flushHeaders();
};

export const trickle: Handler = (_request, answer) => {
  answer.writeHead(200, { 'content-length': 1e9 });
  const timer = setInterval(() => answer.write('x'.repeat(100)), 50);
  answer.on('close', () => clearInterval(timer));
};
