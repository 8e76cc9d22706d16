/** Runs with a server that fails in many ways: right results, after few requests, with one warning. */
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { LIMITS } from '../../src/remote/http-request.ts';
import { webServer } from '../../src/remote/web-server.ts';
import type { Remote } from '../../src/runner/index.ts';
import { type RemoteOptions, run as runWith, warningsIn } from '../runner/cache/remote-project.ts';
import { Rig } from '../runner/rig.ts';
import { until } from '../until.ts';
import { FaultServer, type Handler } from './fault-server.ts';
import {
  cut,
  isRecord,
  longer,
  objects,
  page,
  reads,
  stall,
  status,
  trickle,
  wrong,
} from './faults.ts';

const options = { root: '/', home: '/nowhere', environment: {} };
const policy = { patience: { firstWaitMs: 1, slowMs: 5000 } };
/** Short ones, for servers that are silent or slow, so that no test waits for long. */
const limits = { ...LIMITS, connectMs: 400, silentMs: 400 };
const impatient = { patience: { ...policy.patience, slowMs: 400 } };
/** What the server has after a run that stored everything. */
let stored: ReadonlyMap<string, Buffer>;
let server: FaultServer;
let remote: Remote;
const rigs: Rig[] = [];

beforeAll(async () => {
  server = await new FaultServer().start();
  const storing = { remote: webServer(server.url, options), writes: true };
  const { finished, events } = await runWith(newRig(), storing);
  expect(finished).toMatchObject({ executed: 4, failed: 0 });
  expect(warningsIn(events)).toEqual([]);
  stored = new Map(server.files);
  expect(recordsIn(server)).toHaveLength(4);
  expect(stored.size).toBe(4 + 16);
  end();
});
beforeEach(async () => {
  server = await new FaultServer().start();
  for (const [name, bytes] of stored) server.files.set(name, bytes);
  remote = webServer(server.url, options);
});
afterEach(end);

function end(): void {
  server.close();
  for (const rig of rigs.splice(0)) rig.remove();
}

const run = (rig: Rig, given: RemoteOptions) => runWith(rig, { policy, ...given });
const recordsIn = ({ files }: FaultServer) => [...files.keys()].filter((one) => isRecord(one));

function newRig(): Rig {
  const rig = new Rig();
  rigs.push(rig);
  return rig;
}

/** The record of another key. */
const swapped: Handler = (request, answer, stored, usual) => {
  const others = [...server.files].filter(([name]) => isRecord(name));
  if (!stored || !request.url!.startsWith('/ac/')) return usual();
  answer.end(others.find(([name]) => name !== request.url)![1]);
};

async function computesAll(
  handler: Handler,
  warning: string,
  mostRequests: number,
  given: RemoteOptions,
): Promise<void> {
  server.handler = handler;
  const rig = newRig();
  const { finished, events, notes } = await run(rig, given);
  expect(server.requests.length).toBeLessThanOrEqual(mostRequests);
  expect(finished).toMatchObject({ failed: 0, remaining: 0, executed: 4 });
  const warnings = [...notes.filter((one) => one.startsWith('warning')), ...warningsIn(events)];
  expect(warnings.length).toBeLessThanOrEqual(3);
  expect(warnings.join('\n')).toContain(warning);
  expect(readdirSync(rig.layout.temporary)).toEqual([]);
  // What was computed is complete.
  expect((await run(rig, { remote: undefined })).finished).toMatchObject({ cached: 4 });
}

describe('a run with a server that fails', () => {
  // There are 4 records and 16 objects. A request has 3 attempts, and 20 if each one brings bytes.
  it.each<[string, Handler, string, number]>([
    ['answers everything with 503', reads(status(503)), 'answered 503', 12],
    ['wants a pause of an hour', reads(status(503, { 'retry-after': '3600' })), '503', 2],
    ['answers everything with 500', status(500), 'answered 500', 12],
    ['has too many requests', reads(status(429)), 'answered 429', 12],
    ['wants credentials', reads(status(401)), 'answered 401; put credentials', 2],
    ['forbids everything', status(403), 'answered 403; put credentials', 2],
    ['redirects', reads(status(302, { location: 'http://login/' })), 'address http://login/', 2],
    ['is a page of a proxy', page, 'answered with a web page instead of a record', 4],
    ['closes each connection', reads((_request, answer) => void answer.destroy()), 'closed', 12],
    ['cuts each answer', reads(cut), 'closed the connection', 4 * 20],
    ['cuts each object', objects(cut), 'closed the connection', 4 + 16 * 20],
    ['sends other bytes', objects(wrong), 'sent other bytes than those of', 4 + 16],
    ['sends more bytes', objects(longer), 'sent other bytes than those of', 4 + 16],
    ['has lost all objects', objects(status(404)), '', 4 + 16],
    ['has records under other keys', reads(swapped), 'sent a damaged record', 4],
    [
      'speaks another protocol',
      reads((_r, answer) => void answer.socket?.end('SSH\n')),
      'closed',
      12,
    ],
  ])('computes everything if the server %s', (_, handler, warning, most) =>
    computesAll(handler, warning, most, { remote }),
  );

  it.each<[string, Handler, string, number]>([
    ['sends no answer', reads(() => undefined), 'sent nothing for 0.4 s', 2],
    ['stalls in records', reads(stall), 'sent nothing for 0.4 s', 2],
    ['stalls in objects', objects(stall), 'sent nothing for 0.4 s', 4 + 16],
    ['sends little', reads(trickle), 'sends only', 2],
  ])('computes everything if the server %s', (name, handler, warning, most) => {
    // On a busy machine, pieces may come late.
    const given = name === 'sends little' ? LIMITS : limits;
    const impatientRemote = webServer(server.url, options, given);
    return computesAll(handler, warning, most, { remote: impatientRemote, policy: impatient });
  });

  it('goes on where a connection was cut', async () => {
    const cutOnce = new Set<string>();
    server.handler = reads((request, answer, stored, usual) => {
      if (!stored || cutOnce.has(request.url!)) return usual();
      cutOnce.add(request.url!);
      cut(request, answer, stored, usual);
    });
    const { finished, events } = await run(newRig(), { remote });
    expect(warningsIn(events)).toEqual([]);
    expect(finished).toMatchObject({ executed: 0, cached: 4 });
    expect(warningsIn(events)).toEqual([]);
  });

  it('tries again what failed once', async () => {
    const failed = new Set<string>();
    server.handler = (request, answer, _stored, usual) => {
      const name = `${request.method} ${request.url}`;
      if (failed.has(name)) return usual();
      failed.add(name);
      answer.writeHead(503).end();
    };
    const { finished, events } = await run(newRig(), { remote });
    expect(finished).toMatchObject({ executed: 0, cached: 4 });
    expect(warningsIn(events)).toEqual([]);
  });

  it.each<[string, Handler]>([
    ['503', status(503)],
    ['403', status(403)],
    ['413', status(413)],
    ['a closed connection', (_request, answer) => void answer.destroy()],
  ])('says what was not stored if the server answers uploads with %s', async (_, handler) => {
    server.files.clear();
    server.handler = (request, answer, stored, usual) =>
      request.method === 'PUT' ? handler(request, answer, stored, usual) : usual();
    const { finished, events } = await run(newRig(), { remote, writes: true });
    expect(finished).toMatchObject({ executed: 4, failed: 0 });
    expect(warningsIn(events).at(-1)).toBe(
      '4 results were not stored in the cache; "pipeline push" stores them',
    );
    expect(server.files.size).toBe(0);
  });

  it('never stores a record without its objects', async () => {
    for (let failing = 1; failing <= 12; failing++) {
      server.files.clear();
      let puts = 0;
      server.handler = (request, answer, _stored, usual) =>
        request.method === 'PUT' && ++puts >= failing ? void answer.destroy() : usual();
      await run(newRig(), { remote, writes: true });
      server.handler = (_request, _answer, _stored, usual) => usual();
      const { finished, events } = await run(newRig(), { remote });
      expect(finished).toMatchObject({ failed: 0, remaining: 0 });
      expect(warningsIn(events)).toEqual([]);
      const records = [...server.files.keys()].filter((one) => one.startsWith('/ac/'));
      expect(finished.cached).toBe(records.length);
    }
  });

  it('ends by Ctrl-C while it uploads', async () => {
    server.files.clear();
    server.handler = (request, _answer, _stored, usual) =>
      request.method === 'PUT' ? undefined : usual();
    const stop = new AbortController();
    const ran = run(newRig(), { remote, writes: true, signal: stop.signal });
    const sent = () => server.requests.filter((one) => one.startsWith('PUT')).length;
    await until(() => sent() === stored.size - 4);
    stop.abort();
    const { finished, events } = await ran;
    expect(finished).toMatchObject({ executed: 4, interrupted: false });
    expect(warningsIn(events).at(-1)).toContain('4 results were not stored');
  });
});

describe('a server that can not be reached', () => {
  it.each([
    ['has no such port', 'http://127.0.0.1:9/cache'],
    ['has no such name', 'http://no-such-host.invalid/cache'],
    ['is in a network without an answer', 'http://192.0.2.1/cache'],
  ])('is given up at once if it %s', async (_, url) => {
    const server = webServer(url, options, limits);
    const get = vi.spyOn(server, 'get');
    const { finished, notes } = await run(newRig(), { remote: server });
    expect(finished).toMatchObject({ executed: 4 });
    // The first two stages are looked up together.
    expect(get.mock.calls.length).toBeLessThanOrEqual(2);
    expect(notes.at(-1)).toMatch(/^warning: the cache http:\/\/\S+ (?:can't be reached|did not)/);
  });

  it('has no TLS', async () => {
    const plain = createServer((socket) => socket.end('no TLS\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => plain.once('listening', resolve));
    const { port } = plain.address() as { port: number };
    const secure = webServer(`https://127.0.0.1:${port}`, options);
    const { finished, notes } = await run(newRig(), { remote: secure });
    plain.close();
    expect(finished).toMatchObject({ executed: 4 });
    expect(notes.at(-1)).toMatch(/^warning: the cache https/);
  });
});
