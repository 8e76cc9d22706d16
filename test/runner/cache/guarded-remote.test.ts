/** When a remote is given up, and what its callers see. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { allSettled } from '../../../src/runner/cache/remote/all-settled.ts';
import { GuardedRemote } from '../../../src/runner/cache/remote/guarded-remote.ts';
import { type Remote, RemoteError } from '../../../src/runner/cache/remote/remote.ts';

const never = new AbortController().signal;
const gone = new RemoteError('unreachable', 'is gone');

const unused: Remote = {
  address: 'there',
  size: () => Promise.reject(new Error('not asked')),
  put: () => Promise.reject(new Error('not asked')),
  get: () => Promise.reject(new Error('not asked')),
};

/** A remote whose reads are given up, by another request, just before bytes arrive. */
function givenUp(): GuardedRemote {
  const remote: Remote = {
    ...unused,
    get: async (_kind, _name, { take, signal }) => {
      guarded.noteFailure('read', gone);
      take(Buffer.from('x'));
      signal.throwIfAborted();
      return true;
    },
  };
  const guarded = new GuardedRemote(remote);
  return guarded;
}

it('a request that ends because another one failed is off', async () => {
  const options = { from: 0, take: () => undefined, signal: never };
  await expect(givenUp().get('cas', 'x', options)).rejects.toMatchObject({ problem: 'off' });
});

describe.each([
  ['an error of the disk', Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'read' })],
  ['a bug', new TypeError('it is not a function')],
  ['a refusal of the server', new RemoteError('refused', 'answered 403')],
])('%s is not hidden', (_what, problem) => {
  it('by Ctrl-C at that moment', async () => {
    const stop = new AbortController();
    const fails = async (): Promise<never> => {
      stop.abort();
      throw problem;
    };
    const guarded = new GuardedRemote({ ...unused, size: fails });
    await expect(guarded.size('cas', 'x', stop.signal)).rejects.toBe(problem);
    await expect(guarded.size('cas', 'x', stop.signal)).rejects.toBe(stop.signal.reason);
  });

  it('by a failure of another request at that moment', async () => {
    const fails = async (): Promise<never> => {
      guarded.noteFailure('write', gone);
      throw problem;
    };
    const guarded = new GuardedRemote({ ...unused, size: fails });
    await expect(guarded.size('cas', 'x', never)).rejects.toBe(problem);
  });

  it('by a request that was stopped, or that the server did not answer', async () => {
    const stop = AbortSignal.abort();
    const all = [stop.reason, problem].map((one) => Promise.reject(one));
    await expect(allSettled(all, stop)).rejects.toBe(problem);
    const others = [gone, problem].map((one) => Promise.reject(one));
    const expected = problem instanceof RemoteError ? gone : problem;
    await expect(allSettled(others, never)).rejects.toBe(expected);
  });
});

it('a busy server is not asked again after Ctrl-C', async () => {
  const stop = new AbortController();
  let asked = 0;
  const busy = async (): Promise<never> => {
    asked++;
    stop.abort();
    throw new RemoteError('busy', 'answered 503');
  };
  const guarded = new GuardedRemote({ ...unused, size: busy });
  await expect(guarded.size('cas', 'x', stop.signal)).rejects.toBe(stop.signal.reason);
  expect(asked).toBe(1);
});

describe('a download', () => {
  const patience = { firstWaitMs: 1, slowMs: 200 };
  const guardedBy = (get: Remote['get']) =>
    new GuardedRemote({ ...unused, get }, { patience }).get('cas', 'x', {
      from: 0,
      take: () => undefined,
      signal: never,
    });

  it('that is slow for a while is given up', async () => {
    const got = guardedBy(async (_kind, _name, { take }) => {
      for (;;) {
        await wait(10);
        take(Buffer.from('x'));
      }
    });
    const problem = { problem: 'unreachable', message: expect.stringContaining('sends only 0') };
    await expect(got).rejects.toMatchObject(problem);
  });

  it('is not slow because this process was busy', async () => {
    const got = guardedBy(async (_kind, _name, { take }) => {
      for (let i = 0; i < 3; i++) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
        await wait(1);
        take(Buffer.from('x'));
      }
      return true;
    });
    expect(await got).toBe(true);
  });
});

it('a remote is notified once that a file is given up, after the last attempt', async () => {
  const calls: string[] = [];
  const remote: Remote = {
    ...unused,
    put: async () => {
      calls.push('put');
      throw new RemoteError('busy', 'is busy');
    },
    abandon: async (kind, name) => void calls.push(`abandon ${kind} ${name}`),
  };
  const patience = { firstWaitMs: 1, slowMs: 5000 };
  const body = { bytes: Buffer.from('x'), size: 1 };
  const options = { ifAbsent: false, signal: never };
  const put = new GuardedRemote(remote, { patience }).put('cas', 'x', body, options);
  await expect(put).rejects.toMatchObject({ problem: 'busy' });
  expect(calls).toEqual(['put', 'put', 'put', 'abandon cas x']);
});
