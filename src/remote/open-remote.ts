/** Makes the remote for an address. Opens no connection, and loads only the code that it needs. */
import { resolve } from 'node:path';
import type { CacheAddress } from '../base/cache-address.ts';
import { unreachable } from '../base/unreachable.ts';
import type { Remote } from '../runner/index.ts';
import type { RemoteOptions } from './remote-options.ts';

export async function openRemote(address: CacheAddress, options: RemoteOptions): Promise<Remote> {
  switch (address.kind) {
    case 'folder': {
      const { FolderRemote } = await import('./folder.ts');
      const { path } = address;
      const { root, home } = options;
      const full = path.startsWith('~/') ? resolve(home, path.slice(2)) : resolve(root, path);
      return new FolderRemote(full, path);
    }
    case 'http': {
      const { webServer } = await import('./web-server.ts');
      return webServer(address.url, options);
    }
    case 's3': {
      const { s3Bucket } = await import('./s3.ts');
      return s3Bucket(address, options);
    }
    default:
      return unreachable(address);
  }
}
