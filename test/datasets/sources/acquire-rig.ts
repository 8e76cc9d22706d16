/** A small data set, and sources that have it, damaged or not. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { catalog, type DatasetFacts } from '../../../src/datasets/catalog.ts';
import { acquireDataset } from '../../../src/datasets/sources/acquire.ts';
import type { Acquisition, AnySource } from '../../../src/datasets/sources/acquisition.ts';
import { FileServer } from './file-server.ts';

export const contents: Record<string, Uint8Array> = {
  images: Uint8Array.from({ length: 3000 }, (_, i) => (i * 37) % 251),
  labels: Uint8Array.from({ length: 40 }, (_, i) => i % 10),
};

export const names = Object.keys(contents);

export const facts: DatasetFacts = {
  ...catalog.mnist,
  files: Object.entries(contents).map(([name, bytes]) => ({
    name,
    bytes: bytes.length,
    sha256: sha256(bytes),
  })),
};

export class AcquireRig {
  readonly server = new FileServer();
  readonly root = mkdtempSync(join(tmpdir(), 'acquire-'));
  readonly into = join(this.root, 'into');
  readonly scratch = join(this.root, 'scratch');
  readonly messages: string[] = [];

  async open(): Promise<this> {
    await this.server.open();
    mkdirSync(this.into);
    return this;
  }

  acquire(sources: readonly AnySource[], more: Partial<Acquisition> = {}) {
    return acquireDataset({
      facts,
      sources,
      into: this.into,
      scratch: this.scratch,
      signal: new AbortController().signal,
      report: (message) => this.messages.push(message),
      progress: () => undefined,
      ...more,
    });
  }

  /** A mirror with the files, some of which `changed` replaces. */
  mirror(name: string, changed: Record<string, Uint8Array | undefined> = {}): AnySource {
    for (const [file, bytes] of Object.entries({ ...packed(), ...changed })) {
      if (bytes) this.server.files.set(`${name}/${file}`, { bytes, etag: `"${name}"` });
    }
    return { kind: 'gzip-files', base: this.server.url(`${name}/`) };
  }

  folderOf(files: Record<string, Uint8Array>, name = 'folder'): string {
    const folder = join(this.root, name);
    for (const [file, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), bytes);
    }
    return folder;
  }

  expectFiles(): void {
    expect(readdirSync(this.into).sort()).toEqual([...names].sort());
    for (const name of names) {
      expect(Uint8Array.from(readFileSync(join(this.into, name)))).toEqual(contents[name]);
    }
    expect(readdirSync(this.scratch)).toEqual([]);
  }

  async close(): Promise<void> {
    await this.server.close();
    rmSync(this.root, { recursive: true });
  }
}

export function packed(): Record<string, Uint8Array> {
  return Object.fromEntries(names.map((name) => [`${name}.gz`, gzipSync(contents[name]!)]));
}

export function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i === 17 ? byte ^ 1 : byte));
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
