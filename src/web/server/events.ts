/** The stream of messages to one page (Server-Sent Events). */
import type { ServerResponse } from 'node:http';
import type { ServerMessage } from '../messages.ts';
import type { Workbench } from './workbench.ts';

/** Detects dead connections. */
const ALIVE_MS = 15_000;

/** A page that reads too slowly is disconnected. It reconnects and gets the whole state. */
const MOST_WAITING = 32 << 20;

export function sendEvents(workbench: Workbench, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write('retry: 1000\n\n');
  const leave = workbench.subscribe((message: ServerMessage) => {
    response.write(`data: ${JSON.stringify(message)}\n\n`);
    if (response.writableLength > MOST_WAITING) response.destroy();
  });
  const timer = setInterval(() => response.write(': here\n\n'), ALIVE_MS);
  response.on('close', () => {
    clearInterval(timer);
    leave();
  });
}
