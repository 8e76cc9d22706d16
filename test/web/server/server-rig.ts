/** A small pipeline, servers of it, and requests that a browser would not send. */
import { request } from 'node:http';
import { afterEach } from 'vitest';
import { Served } from '../served.ts';

export const text = `
stages:
  a: { uses: make, with: { name: a, text: one } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
  c: { uses: make, with: { name: c }, inputs: { from: b } }
`;

/** Servers that are stopped after the test that needs them. */
export function eachServer() {
  const servers: Served[] = [];
  afterEach(async () => {
    for (const one of servers.splice(0)) await one.stop();
  });
  const newServed = (pipeline = text): Served => {
    const one = new Served(pipeline);
    servers.push(one);
    return one;
  };
  const begin = (allowRun = false, pipeline = text): Promise<Served> =>
    newServed(pipeline).start({ allowRun });
  return { newServed, begin };
}

/** `fetch` sets these headers itself. */
export function raw(
  { port }: Served,
  method: string,
  path: string,
  headers: Record<string, string>,
  body = '',
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', method, path, headers }, (response) => {
      let reported = '';
      response.on('data', (piece) => (reported += piece));
      response.on('end', () => resolve({ status: response.statusCode!, text: reported }));
    });
    asked.on('error', reject).end(body);
  });
}

export const isRead = (message: { type: string; read?: boolean }): boolean =>
  message.type === 'pipeline' && message.read === true;
