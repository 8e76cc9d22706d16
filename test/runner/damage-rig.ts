/** A project with small and large files, and the ways to damage a file. */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ok } from '../../src/base/result.ts';
import { digestFile } from '../../src/runner/key/digest.ts';
import { storedObjects, storedRecords } from '../../src/runner/store/inventory.ts';
import { Rig } from './rig.ts';

export class DamageRig extends Rig {
  async ready(): Promise<void> {
    this.executor.instead.set('large', ({ outputs }) => {
      writeFileSync(join(outputs.out!, 'value.txt'), Buffer.alloc(LARGE, 'l'));
      writeFileSync(join(outputs.other!, 'note.txt'), 'large');
      return ok(undefined);
    });
    await this.run(text);
  }

  /** The digest of each file in `latest/`. */
  shown(): Readonly<Record<string, string>> {
    const files: Record<string, string> = {};
    const { latest } = this.layout;
    for (const entry of readdirSync(latest, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name === '.outputs') continue;
      const path = join(entry.parentPath, entry.name);
      files[path.slice(latest.length + 1)] = digestFile(path);
    }
    return files;
  }

  /** Everything is as after the first run: the shown files and all objects. Nothing is left to do. */
  async expectWhole(before: Readonly<Record<string, string>>): Promise<void> {
    expect(this.shown()).toEqual(before);
    for (const { name, path } of storedObjects(this.layout)) expect(digestFile(path)).toBe(name);
    expect([...storedRecords(this.layout)]).toHaveLength(3);
    expect(await this.run(text)).toMatchObject({ idle: true, finished: { cached: 3 } });
  }

  objects(): string[] {
    return [...storedObjects(this.layout)].map(({ path }) => path);
  }

  oneOfTheDigests(): string {
    const folder = join(this.layout.state, 'digests');
    return join(folder, readdirSync(folder)[0]!);
  }

  nextTick(path: string): void {
    const mtimeMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const probe = join(this.root, 'probe');
    do writeFileSync(probe, '');
    while (statSync(probe).mtimeMs <= mtimeMs);
  }

  /**
   * Writes in the same tick of the file system clock have the same time. So the damage is in a tick of its own: after
   * the run before it, and before the run after it.
   */
  async later(path: string, act: () => void): Promise<void> {
    this.nextTick(path);
    act();
    this.nextTick(path);
  }
}

export const text = `
stages:
  a: { uses: make, with: { name: a, text: x } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
  large: { uses: make, with: { name: large } }
`;

/** From this size on, `latest/` and the store share a file. */
export const LARGE = (4 << 20) + 1;

export const ways: Readonly<Record<string, (path: string, rig: Rig) => void>> = {
  'with a bit flipped': (path) => {
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
  },
  'cut short': (path) => truncateSync(path, statSync(path).size >> 1),
  empty: (path) => truncateSync(path, 0),
  'of zeros': (path) => writeFileSync(path, Buffer.alloc(statSync(path).size)),
  gone: (path) => rmSync(path),
  'a folder': (path) => {
    rmSync(path);
    mkdirSync(path);
  },
  'a FIFO': (path) => {
    rmSync(path);
    execFileSync('mkfifo', [path]);
  },
  'a link to its bytes': (path, rig) => {
    renameSync(path, join(rig.root, 'elsewhere'));
    symlinkSync(join(rig.root, 'elsewhere'), path);
  },
};

function isList(path: string): boolean {
  return statSync(path).size < LARGE && readFileSync(path, 'utf8').includes('"record":"tree/1"');
}

/** Each kind of file in the artifacts folder, and whether stages run again without it. */
export const kinds: Readonly<Record<string, { find: (rig: DamageRig) => string; makes: boolean }>> =
  {
    'an object': {
      find: (rig) => rig.objects().find((path) => statSync(path).size < LARGE && !isList(path))!,
      makes: true,
    },
    'a large object': {
      find: (rig) => rig.objects().find((path) => statSync(path).size === LARGE)!,
      makes: true,
    },
    'a list of files': { find: (rig) => rig.objects().find(isList)!, makes: true },
    'a record': { find: (rig) => [...storedRecords(rig.layout)][0]!.path, makes: true },
    'the index': { find: (rig) => rig.layout.lastResults, makes: false },
    'the note of a run with nothing to do': { find: (rig) => rig.layout.lastPlan, makes: false },
    'the digests of some files': { find: (rig) => rig.oneOfTheDigests(), makes: false },
    'a shown file': { find: (rig) => join(rig.layout.latest, 'a/out/value.txt'), makes: false },
    'the list of shown files': {
      find: (rig) => join(rig.layout.latest, 'a/.outputs'),
      makes: false,
    },
  };
