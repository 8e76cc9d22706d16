/** Makes the remote for an address. Opens no connection, and loads only the code that it needs. */
import { resolve } from 'node:path';
import type { CacheAddress } from '../base/cache-address.ts';
import type { Remote } from '../runner/index.ts';

export interface RemoteOptions {
  /** The folder that the paths of folders are relative to. */
  readonly root: string;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export async function openRemote(
  address: CacheAddress,
  { root, home }: RemoteOptions,
): Promise<Remote> {
  const { FolderRemote } = await import('./folder.ts');
  const { path } = address as Extract<CacheAddress, { kind: 'folder' }>;
  return new FolderRemote(
    path.startsWith('~/') ? resolve(home, path.slice(2)) : resolve(root, path),
  );
}
