/** The answers of the server, and the requests that it refuses. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { journalOf } from '../../../src/runner/execution/journal.ts';
import { thisHolder } from '../../../src/runner/store/holder.ts';
import { make } from '../../runner/rig.ts';
import { Served, TOKEN } from '../served.ts';
import type {
  ComparisonAnswer,
  LogPiece,
  PipelineMessage,
  RunMessage,
  RunsAnswer,
  ServerMessage,
  StageDetail,
  StagesByState,
} from '../stage-states.ts';
import { statesOf } from '../stage-states.ts';

const text = `
stages:
  a: { uses: make, with: { name: a, text: one } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
  c: { uses: make, with: { name: c }, inputs: { from: b } }
`;

let served: Served | undefined;
afterEach(async () => {
  await served?.stop();
  served = undefined;
});

const begin = async (allowRun = false, pipeline = text): Promise<Served> => {
  served = new Served(pipeline);
  return served.start({ allowRun });
};

/** `fetch` sets these headers itself. */
function raw(
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

const isRead = (message: { type: string; read?: boolean }): boolean =>
  message.type === 'pipeline' && message.read === true;

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

describe('a request to read', () => {
  it('is refused under another host name, and from another origin', async () => {
    const one = await begin();
    for (const path of ['/', '/events', '/api/runs']) {
      expect((await raw(one, 'GET', path, { host: 'evil.example' })).status).toBe(421);
      expect((await raw(one, 'GET', path, { origin: 'http://evil.example' })).status).toBe(403);
    }
    const { status } = await raw(one, 'GET', '/api/runs', { host: 'localhost:9999' });
    expect(status).toBe(200);
  });

  it('is answered with a policy that allows only its own files', async () => {
    const one = await begin();
    const { headers } = await one.get('/');
    const policy = headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('gets a file of an output by the digest of the artifact, and no other file', async () => {
    const one = await begin();
    await one.rig.run(text);
    writeFileSync(join(one.rig.root, 'secret'), 'secret');
    await one.messagesUntil(
      (message) => isRead(message) && (message as PipelineMessage).stages[0]!.state !== 'will-run',
    );
    const { outputs } = await one.json<StageDetail>('/api/stage?id=a');
    const { artifact, files } = outputs.find(({ port }) => port === 'out')!;
    expect(files).toEqual([{ path: 'value.txt', size: expect.any(Number) }]);
    const given = await one.get(`/object/${artifact}/value.txt`);
    expect(await given.text()).toContain('one');
    expect(given.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(given.headers.get('content-security-policy')).toMatch(/^sandbox;/);
    const up = '../'.repeat(8);
    for (const path of [
      `/object/${artifact}/${up}etc/passwd`,
      `/object/${artifact}/..%2f..%2f..%2f..%2f..%2fsecret`,
      `/object/${artifact}/%2e%2e/%2e%2e/secret`,
      `/object/${artifact}//etc/passwd`,
      `/object/..%2f..%2f..%2fsecret/value.txt`,
      `/object/${'0'.repeat(64)}/value.txt`,
      `/object/${artifact.toUpperCase()}/value.txt`,
      `/object/${artifact}/value.txt%00`,
      `/object/${artifact}/%`,
      `/${up}etc/passwd`,
      '/api/log?id=../../etc/passwd',
      '/api/compare?before=..%2f..&after=..%2f..',
    ]) {
      // Written to a socket, because a client would resolve the dots.
      const { status, text: reported } = await raw(one, 'GET', path, {});
      expect([400, 404], path).toContain(status);
      expect(reported, path).not.toMatch(/secret\b|root:/);
    }
  });
});

describe('the server shows', () => {
  it('the plan, and the states of a run of another process until its end', async () => {
    const one = await begin();
    one.rig.executor.hold('b');
    const [first] = await one.messagesUntil(isRead).then((all) => all.filter(isRead));
    expect((first as PipelineMessage).groups.map(({ name, takes }) => [name, takes])).toEqual([
      ['a', []],
      ['b', [0]],
      ['c', [1]],
    ]);
    expect(statesOf([first!])).toEqual({ a: 'will-run', b: 'may-run', c: 'may-run' });
    const run = one.rig.run(text);
    const held = await one.rig.executor.next('b');
    const during = await one.messagesUntil((_one, all) => statesOf(all).b === 'running');
    expect(statesOf(during)).toEqual<StagesByState>({ a: 'done', b: 'running', c: 'may-run' });
    const after = one.messagesUntil(
      (message) => message.type === 'run' && message.run?.state === 'failed',
    );
    held.fail({ kind: 'stage', message: 'it can not', advice: 'try another' });
    await run;
    const reported = await after;
    expect((reported.at(-1) as RunMessage).run).toMatchObject({
      own: false,
      executed: 1,
      skipped: 1,
      failures: [{ stage: 'b', message: 'it can not' }],
    });
    const later = await one.messagesUntil((_one, all) => statesOf(all).b === 'failed');
    expect(statesOf(later)).toEqual({ a: 'done', b: 'failed', c: 'skipped' });
    const log = await one.json<LogPiece>('/api/log?id=b');
    expect(log).toMatchObject({ state: 'failed', failure: ['it can not', 'help: try another'] });
  });

  it('the progress of a stage that another process runs', async () => {
    const one = await begin();
    one.rig.executor.hold('b');
    // The first message of a page has the states at that time, so it may not be sent as a change.
    const isThere = (message: ServerMessage): boolean =>
      (message.type === 'states' &&
        message.changes.some(([, , doing]) => doing?.fraction === 0.25)) ||
      (message.type === 'pipeline' && message.stages.some(({ doing }) => doing?.fraction === 0.25));
    const reported = one.messagesUntil(isThere);
    let clock = Date.now();
    const run = one.rig.run(text, { now: () => clock });
    const held = await one.rig.executor.next('b');
    clock += 2000;
    held.progress(0.25);
    await reported;
    held.finish();
    await run;
    expect(readdirSync(one.rig.layout.run('run-0'))).toEqual(['journal.jsonl']);
  });

  it('nothing of an earlier run while one is live', async () => {
    const one = await begin();
    await one.rig.run(text);
    await one.messagesUntil((_one, all) => statesOf(all).c === 'done');
    one.rig.executor.hold('b');
    const follow = one.messagesUntil((_one, all) => statesOf(all).b === 'running');
    const run = one.rig.run(text, { forced: ['b'] });
    const held = await one.rig.executor.next('b');
    expect(statesOf(await follow)).toEqual({ a: 'cached', b: 'running', c: 'cached' });
    const detail = await one.json<StageDetail>('/api/stage?id=b');
    expect(detail.reasons).toEqual([{ text: 'forced' }]);
    held.finish();
    await run;
  });

  it('the reasons, inputs and outputs of a stage', async () => {
    const one = await begin();
    await one.rig.run(text);
    one.change(text.replace('one', 'other'));
    await one.messagesUntil(
      (_one, all) => statesOf(all).a === 'will-run' && statesOf(all).c === 'may-run',
    );
    const detail = await one.json<StageDetail>('/api/stage?id=a');
    expect(detail).toMatchObject({ state: 'will-run', stale: true, takenBy: ['b'] });
    expect(detail.reasons[0]!.text).toMatch(/^parameter text: "one" -> "other"/);
    expect(detail.made?.run).toBe('run-0');
    const taker = await one.json<StageDetail>('/api/stage?id=b');
    expect(taker.inputs).toEqual([{ port: 'from', stages: ['a'] }]);
    expect((await one.get('/api/stage?id=z')).status).toBe(404);
  });

  it('errors in a pipeline with their places, and when it is valid again', async () => {
    const one = await begin(false, 'stages:\n  a: { uses: nothing }\n');
    const [reported] = (
      await one.messagesUntil(
        (message) => message.type === 'pipeline' && message.problems.length > 0,
      )
    ).slice(-1) as PipelineMessage[];
    expect(reported).toMatchObject({ read: false, stages: [] });
    expect(reported!.problems[0]).toMatchObject({
      place: expect.stringMatching(/^pipeline\.yaml:2:\d+$/),
    });
    expect(reported!.problems[0]!.excerpt).toContain('^');
    one.change(text);
    await one.messagesUntil(isRead);
    one.change('stages: [');
    const broken = await one.messagesUntil(
      (message) => message.type === 'pipeline' && message.problems.length > 0,
    );
    // The last valid pipeline is still shown.
    expect((broken.at(-1) as PipelineMessage).stages).toHaveLength(3);
  });

  it('the backend, and what a change of it costs', async () => {
    const one = await begin();
    await one.rig.run(text);
    one.rig.facts = { backend: 'other 2' };
    one.change(text);
    const costs = (message: ServerMessage) =>
      message.type === 'pipeline' && message.notes.length > 1 && message.notes;
    const all = await one.messagesUntil((message) => costs(message) !== false);
    expect(costs(all.at(-1)!)).toEqual([
      'backend test 1',
      'the backend changed from test 1 to other 2: 3 results will be recomputed',
    ]);
  });

  it('no backend if no stage uses it', async () => {
    served = new Served(text);
    served.rig.types.set('make', { ...make, environment: [] });
    const one = await served.start();
    expect((await one.messagesUntil(isRead)).find(isRead)).toMatchObject({ notes: [] });
  });

  it('that the store can not be read, and continues', async () => {
    const one = await begin();
    await one.rig.run(text);
    const { actions } = one.rig.layout;
    rmSync(actions, { recursive: true });
    symlinkSync(actions, actions);
    one.change(text);
    const problemIn = (message: ServerMessage) =>
      message.type === 'pipeline' ? message.problems[0]?.message : undefined;
    const all = await one.messagesUntil((message) => problemIn(message) !== undefined);
    expect(problemIn(all.at(-1)!)).toMatch(/^the store can't be read: ELOOP/);
    rmSync(actions);
    one.change(text);
    await one.messagesUntil((message) => isRead(message) && problemIn(message) === undefined);
  });

  it('the comparison of two runs', async () => {
    const one = await begin();
    await one.rig.run(text);
    const other = text.replace('one', 'other');
    one.change(other);
    await one.rig.run(other);
    await one.messagesUntil((_one, all) => statesOf(all).c === 'done');
    const runs = await one.json<RunsAnswer>('/api/runs');
    expect(runs.map(({ run }) => run)).toEqual(['run-1', 'run-0']);
    const compared = await one.json<ComparisonAnswer>('/api/compare?before=run-0&after=run-1');
    expect(compared.stages.map(({ stage, kind }) => [stage, kind])).toEqual([
      ['a', 'other-key'],
      ['b', 'other-key'],
      ['c', 'other-key'],
    ]);
    expect(compared.stages[0]!.sentences[0]!.text).toContain('"one" -> "other"');
    expect((await one.get('/api/compare?before=run-0&after=run-7')).status).toBe(404);
  });

  it('a killed run as ended', async () => {
    const one = new Served(text);
    served = one;
    const folder = one.rig.layout.run('run-killed');
    mkdirSync(folder, { recursive: true });
    const plan = { run: 1, pending: 2, hit: 0 };
    const started = {
      type: 'run-started',
      run: 'run-killed',
      time: new Date().toISOString(),
      plan,
      jobs: 1,
      facts: {},
    };
    const stage = {
      type: 'stage-started',
      stage: 'a',
      key: 'k',
      reasons: [],
      resumed: false,
      attempt: 1,
    };
    writeFileSync(
      join(folder, 'journal.jsonl'),
      `${JSON.stringify(started)}\n${JSON.stringify(stage)}\n{"ty`,
    );
    await one.start();
    const reported = await one.messagesUntil(
      (message, all) =>
        all.some((each) => each.type === 'run' && each.run?.state === 'unfinished') &&
        isRead(message) &&
        statesOf(all).a === 'will-run',
    );
    expect(statesOf(reported)).toEqual({ a: 'will-run', b: 'may-run', c: 'may-run' });
  });

  it.each([
    ['without a head as failed while its job continues', '1_0', 'failed'],
    ['with a head as running, because the head decides', undefined, 'running'],
  ])('a stage that failed on a node, of a run %s', async (_what, job, state) => {
    const one = new Served(text);
    served = one;
    const { layout } = one.rig;
    const run = 'run-sent';
    const write = (path: string, ...lines: readonly object[]): void => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    };
    write(join(layout.live, 'marker'), { ...thisHolder(`run ${run}`), ...(job && { job }) });
    const plan = { run: 3, pending: 0, hit: 0 };
    const time = new Date().toISOString();
    write(journalOf(layout, run), { type: 'run-started', run, time, plan, jobs: 1, facts: {} });
    const started = (stage: string) => ({
      kind: 'event',
      at: stage === 'a' ? 0 : 1,
      event: {
        ...{ type: 'stage-started', stage, key: 'k', reasons: [], resumed: false, attempt: 1 },
        log: `${stage}.log`,
      },
    });
    const error = { kind: 'stage', message: 'the data has a hole' };
    write(
      join(layout.orders, run, '0', '0.jsonl'),
      started('a'),
      { kind: 'end', at: 0, result: { ok: false, error } },
      started('b'),
    );
    await one.start();
    const failures = state === 'failed' ? [{ stage: 'a', message: 'the data has a hole' }] : [];
    const runningIn = (all: readonly ServerMessage[]) =>
      all.findLast((message) => message.type === 'run' && message.run?.state === 'running');
    const reported = await one.messagesUntil((_message, all) => {
      const last = runningIn(all) as RunMessage | undefined;
      return statesOf(all).b === 'running' && last?.run?.failures.length === failures.length;
    });
    expect(statesOf(reported).a).toBe(state);
    expect(runningIn(reported)).toMatchObject({ run: { failures } });
  });
});

describe('the server', () => {
  it('leaves no files if it is read-only', async () => {
    // Long enough that its parsed form is cached, with a file that must be digested again.
    const stage = 'f: { uses: make, with: { name: f }, inputs: { one: ./value.txt } }';
    const long = `${text}  ${stage}\n# ${'x'.repeat(20_000)}\n`;
    const one = new Served(long);
    served = one;
    const data = join(one.rig.root, 'value.txt');
    writeFileSync(data, 'first');
    await one.rig.run(long);
    writeFileSync(data, 'second');
    const before = treeOf(one.rig.root);
    await one.start();
    await one.messagesUntil((_one, all) => statesOf(all).f === 'will-run');
    one.change(`${long}  g: { uses: make, with: { name: g } }\n`);
    await one.messagesUntil((_one, all) => statesOf(all).g === 'will-run');
    for (const path of ['/api/stage?id=a', '/api/log?id=a', '/api/runs', '/api/figures']) {
      expect((await one.get(path)).status, path).toBe(200);
    }
    await one.get('/api/compare?before=run-0&after=run-0');
    expect(treeOf(one.rig.root)).toEqual(before);
  });

  it('uses another port if the default one is in use, but not instead of a given port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    served = new Served(text);
    await expect(served.start({ port })).rejects.toThrow(`port ${port}`);
    other.close();
    served = await new Served(text).start({ port: 'usual' });
    const second = await new Served(text).start({ port: 'usual' });
    expect(second.port).not.toBe(served.port);
    await second.stop();
  });
});

/** Path -> size, time and content. */
function treeOf(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    names.map((name) => {
      const path = join(root, name);
      const status = statSync(path);
      return [
        name,
        status.isFile() ? `${status.mtimeMs} ${readFileSync(path, 'utf8')}` : `${status.mtimeMs}`,
      ];
    }),
  );
}

it('reports a request that it fails to answer, and continues', async () => {
  const { workbench, address, problems } = await begin();
  const problem = new Error('a bug');
  const spied = vi.spyOn(workbench, 'detail').mockImplementation(() => {
    throw problem;
  });
  await expect(fetch(`${address}/api/stage?id=a`)).rejects.toThrow();
  expect(problems).toEqual([problem]);
  spied.mockRestore();
  expect((await fetch(`${address}/api/runs`)).status).toBe(200);
});
