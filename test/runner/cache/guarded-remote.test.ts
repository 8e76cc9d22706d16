/** What the caller of a guarded remote is told if it is given up in the middle of a request. */
import { expect, it } from 'vitest';
import { GuardedRemote } from '../../../src/runner/cache/remote/guarded-remote.ts';
import { type Remote, RemoteError } from '../../../src/runner/cache/remote/remote.ts';

const never = new AbortController().signal;
const gone = new RemoteError('unreachable', 'is gone');

/** A remote whose reads are given up, by another request, just before bytes arrive. */
function givenUp(): GuardedRemote {
  const remote: Remote = {
    address: 'there',
    size: () => Promise.reject(new Error('not asked')),
    put: () => Promise.reject(new Error('not asked')),
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
