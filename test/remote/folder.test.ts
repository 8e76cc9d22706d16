import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FolderRemote } from '../../src/remote/folder.ts';
import { describeRemote, nameOf } from './contract.ts';

describeRemote('a folder', () => {
  const root = mkdtempSync(join(tmpdir(), 'folder-'));
  return {
    remote: new FolderRemote(root),
    lose: (digest) => rmSync(join(root, 'cas', digest), { force: true }),
    keepsFirst: true,
  };
});

const never = new AbortController().signal;

it('reports a folder that does not exist, and does not create it', async () => {
  const root = join(tmpdir(), 'no-such-folder');
  const remote = new FolderRemote(root);
  const unreachable = { problem: 'unreachable', message: 'does not exist' };
  const body = { bytes: Buffer.from('x'), size: 1 };
  const get = { from: 0, take: () => undefined, signal: never };
  await expect(remote.size('ac', nameOf('x'))).rejects.toMatchObject(unreachable);
  await expect(remote.get('ac', nameOf('x'), get)).rejects.toMatchObject(unreachable);
  const put = remote.put('ac', nameOf('x'), body, { ifAbsent: true, signal: never });
  await expect(put).rejects.toMatchObject(unreachable);
});

it('leaves no temporary file behind', async () => {
  const root = mkdtempSync(join(tmpdir(), 'folder-'));
  const remote = new FolderRemote(root);
  mkdirSync(join(root, 'cas', nameOf('x')), { recursive: true });
  const body = { bytes: Buffer.from('x'), size: 1 };
  const put = remote.put('cas', nameOf('x'), body, { ifAbsent: false, signal: never });
  await expect(put).rejects.toMatchObject({ problem: 'busy' });
  const { readdirSync } = await import('node:fs');
  expect(readdirSync(join(root, 'tmp'))).toEqual([]);
});
