/** A process that was busy for longer than a time limit does not give up a server that has answered. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { timeLimit } from '../../src/base/time-limit.ts';
import { type HttpLimits, receive, send } from '../../src/remote/http-request.ts';

const limits: HttpLimits = { connectMs: 400, silentMs: 400, silentUploadMs: 400 };
const never = new AbortController().signal;
const nextTick = () => new Promise<void>((resolve) => process.nextTick(resolve));
/** For longer than each limit. */
const block = (): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, limits.connectMs + 200);

/** In a process of its own, so that it goes on while this one is blocked. */
const program = `
const server = require('node:http').createServer((request, answer) => {
  request.resume();
  if (request.url === '/silent') return;
  if (request.url === '/large') return void answer.end(Buffer.alloc(5_000_000));
  if (request.url === '/half') return void answer.write('half');
  setTimeout(() => {
    if (request.url === '/pieces') answer.write('one');
    setTimeout(() => answer.end('two'), 50);
  }, 50);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

let child: ChildProcess;
let port: number;
beforeAll(async () => {
  child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout!, 'data');
  port = Number(line);
});
afterAll(() => void child.kill('SIGKILL'));

function ask(path: string, host = '127.0.0.1', size = 0): Promise<IncomingMessage> {
  const url = new URL(`http://${host}:${port}${path}`);
  const body = { bytes: Buffer.alloc(size), size };
  const method = size > 0 ? 'PUT' : 'GET';
  return send({ method, url, limits, signal: never, ...(size > 0 && { body }) });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const pieces: Uint8Array[] = [];
  const take = (bytes: Uint8Array): void => void pieces.push(Buffer.from(bytes));
  await receive(answer, 0, { take, signal: never });
  return String(Buffer.concat(pieces));
}

describe('a process that is blocked', () => {
  it.each(['127.0.0.1', 'localhost'])('while it connects to %s gets the answer', async (host) => {
    const asked = ask('/', host);
    await nextTick();
    block();
    expect(await textOf(await asked)).toBe('two');
  });

  it('before it has sent a file gets the answer', async () => {
    const asked = ask('/', '127.0.0.1', 5_000_000);
    await nextTick();
    block();
    expect(await textOf(await asked)).toBe('two');
  });

  it('again and again gets the answer', async () => {
    const asked = ask('/');
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      block();
    }
    expect(await textOf(await asked)).toBe('two');
  });

  it('in the middle of an answer gets the rest', async () => {
    const answer = await ask('/pieces');
    const text = textOf(answer);
    await nextTick();
    block();
    expect(await text).toBe('onetwo');
  });
});

describe('a server that is silent is given up', () => {
  const problem = { problem: 'unreachable', message: 'sent nothing for 0.4 s' };

  it('if it does not answer', async () => {
    await expect(ask('/silent')).rejects.toMatchObject(problem);
    await expect(ask('/silent', '127.0.0.1', 10)).rejects.toMatchObject(problem);
  });

  it('if it does not go on', async () => {
    await expect(textOf(await ask('/half'))).rejects.toMatchObject(problem);
  });
});

it('a server is not silent while its bytes wait for the limit of speed', async () => {
  const answer = await ask('/large');
  let length = 0;
  const take = (bytes: Uint8Array): void => {
    length += bytes.length;
  };
  const pace = async (bytes: number): Promise<void> => {
    if (length === bytes) await new Promise<void>((done) => timeLimit(2 * limits.silentMs, done));
  };
  await receive(answer, 0, { take, pace, signal: never });
  expect(length).toBe(5_000_000);
});
