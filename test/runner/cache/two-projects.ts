/** Two projects that have stores of their own and the same remote. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderRemote } from '../../../src/remote/folder.ts';
import type { Remote } from '../../../src/runner/index.ts';
import { Rig } from '../rig.ts';
import { planOf as planWith, type RemoteOptions, run as runWith } from './remote-project.ts';

type Options = Partial<RemoteOptions>;

export class TwoProjects {
  readonly folder = mkdtempSync(join(tmpdir(), 'remote-'));
  readonly one = new Rig();
  readonly two = new Rig();
  /** The kinds of what was read from the folder. */
  gets: string[] = [];

  remoteAt(path = this.folder): Remote {
    const remote = new FolderRemote(path);
    return {
      address: remote.address,
      size: (kind, name) => remote.size(kind, name),
      put: (kind, name, body, options) => remote.put(kind, name, body, options),
      get: (kind, name, options) => {
        this.gets.push(kind);
        return remote.get(kind, name, options);
      },
    };
  }

  planOf(rig: Rig, options: Options = {}) {
    return planWith(rig, { remote: this.remoteAt(), ...options });
  }

  run(rig: Rig, options: Options = {}) {
    return runWith(rig, { remote: this.remoteAt(), ...options });
  }

  get objects(): string[] {
    return readdirSync(join(this.folder, 'cas'));
  }

  get records(): string[] {
    return readdirSync(join(this.folder, 'ac'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
    this.one.remove();
    this.two.remove();
  }
}
