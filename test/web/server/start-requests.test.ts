/** Who may start a run, which one, and how it is stopped. */
import { describe, expect, it } from 'vitest';
import { type Served, TOKEN } from '../served.ts';
import type { RunMessage } from '../stage-states.ts';
import { eachServer, isRead, raw } from './server-rig.ts';

const { begin } = eachServer();

describe('a request to start a run', () => {
  const body = JSON.stringify({ targets: [], keepGoing: false });
  const post = (one: Served, headers: Record<string, string>) =>
    raw(one, 'POST', '/api/run', headers, body);

  it.each([
    ['without a token', {}],
    ['with a wrong token', { 'x-pipeline-token': 'a-token-of-the-tesT' }],
    ['from another origin', { 'x-pipeline-token': TOKEN, origin: 'http://evil.example' }],
    ['from another port', { 'x-pipeline-token': TOKEN, origin: 'http://127.0.0.1:1' }],
    ['from a page without an origin', { 'x-pipeline-token': TOKEN, origin: 'null' }],
    ['under another name', { 'x-pipeline-token': TOKEN, host: 'evil.example' }],
    [
      'under a name that was made to point here',
      { 'x-pipeline-token': TOKEN, host: 'evil.example:7654', origin: 'http://evil.example:7654' },
    ],
  ])('is refused %s', async (_who, headers) => {
    const one = await begin(true);
    const { status } = await post(one, { origin: one.address, ...headers });
    expect([403, 421]).toContain(status);
    expect(one.rig.executor.counts.size).toBe(0);
  });

  it('is refused without an origin, and as GET', async () => {
    const one = await begin(true);
    expect((await post(one, { 'x-pipeline-token': TOKEN })).status).toBe(403);
    expect((await raw(one, 'GET', '/api/run', { 'x-pipeline-token': TOKEN })).status).toBe(404);
    expect((await raw(one, 'PUT', '/api/run', { 'x-pipeline-token': TOKEN })).status).toBe(405);
    expect(one.rig.executor.counts.size).toBe(0);
  });

  it('is refused if the server was started without runs', async () => {
    const one = await begin(false);
    const { status, text: reported } = await post(one, {
      'x-pipeline-token': TOKEN,
      origin: one.address,
    });
    expect(status).toBe(403);
    expect(reported).toContain('--allow-run');
  });

  it('of the page starts one run, refuses a second one, and can stop it', async () => {
    const one = await begin(true);
    one.rig.executor.hold('b');
    const headers = { 'x-pipeline-token': TOKEN, origin: one.address };
    await one.messagesUntil(isRead);
    const first = await post(one, headers);
    expect(first.status, first.text).toBe(200);
    await one.rig.executor.next('b');
    expect((await post(one, headers)).status).toBe(409);
    expect((await raw(one, 'POST', '/api/stop', headers)).status).toBe(200);
    const reported = await one.messagesUntil(
      (message) => message.type === 'run' && message.run?.state === 'interrupted',
    );
    const last = reported.at(-1) as RunMessage;
    expect(last.run).toMatchObject({ own: true, executed: 1, failures: [] });
  });

  it('runs one stage with its dependencies, or an up-to-date stage again', async () => {
    const one = await begin(true);
    const headers = { 'x-pipeline-token': TOKEN, origin: one.address };
    const ask = (force: boolean) =>
      raw(
        one,
        'POST',
        '/api/run',
        headers,
        JSON.stringify({ targets: ['b'], force, keepGoing: false }),
      );
    await one.messagesUntil(isRead);
    const over = (count: number) =>
      one.messagesUntil(
        (message) =>
          message.type === 'run' && message.run?.state === 'done' && message.run.executed === count,
      );
    const first = over(2);
    expect((await ask(false)).status).toBe(200);
    await first;
    expect(Object.fromEntries(one.rig.executor.counts)).toEqual({ a: 1, b: 1 });
    const second = over(1);
    expect((await ask(true)).status).toBe(200);
    await second;
    expect(Object.fromEntries(one.rig.executor.counts)).toEqual({ a: 1, b: 2 });
  });

  it('is refused if it is invalid', async () => {
    const one = await begin(true);
    const headers = { 'x-pipeline-token': TOKEN, origin: one.address };
    expect((await raw(one, 'POST', '/api/run', headers, '{"targets":[1]}')).status).toBe(409);
    expect((await raw(one, 'POST', '/api/run', headers, 'x'.repeat(100_000))).status).toBe(404);
    const unknown = JSON.stringify({ targets: ['nothing'], keepGoing: false });
    const reported = await raw(one, 'POST', '/api/run', headers, unknown);
    expect(reported.status).toBe(409);
    expect(reported.text).toContain('nothing');
  });
});
