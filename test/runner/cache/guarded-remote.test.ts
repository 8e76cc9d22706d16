/** When a remote is given up, and what its callers see. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
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

it('an error of the local disk is not hidden', async () => {
  const guarded = givenUp();
  const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
  const take = (): void => {
    throw full;
  };
  const get = () => guarded.get('cas', 'x', { from: 0, take, signal: never });
  await expect(get()).rejects.toBe(full);
  await expect(get()).rejects.toMatchObject({ problem: 'off' });
});

it('a request that ends because of that is off', async () => {
  const options = { from: 0, take: () => undefined, signal: never };
  await expect(givenUp().get('cas', 'x', options)).rejects.toMatchObject({ problem: 'off' });
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
