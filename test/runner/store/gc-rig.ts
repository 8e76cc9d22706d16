/** A project whose results a test collects and counts. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type GcRequest, gc, verify } from '../../../src/runner/index.ts';
import type { StageKey } from '../../../src/runner/key/fingerprint.ts';
import type { Collection } from '../../../src/runner/store/collect.ts';
import { storedObjects, storedRecords } from '../../../src/runner/store/inventory.ts';
import { Rig } from '../rig.ts';

export class GcRig extends Rig {
  async collect(text: string, options: Partial<GcRequest> = {}): Promise<Collection> {
    const result = await this.tryCollect(text, options);
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    return result.value;
  }

  /** By default no result is young. */
  async tryCollect(text: string, options: Partial<GcRequest> = {}): ReturnType<typeof gc> {
    return gc(this.project(text), await this.prepare(text), {
      keepMs: -1000,
      maxBytes: Number.POSITIVE_INFINITY,
      dryRun: false,
      signal: never,
      ...options,
    });
  }

  async isWhole(text: string): Promise<boolean> {
    const watch = { signal: never, onProgress: () => undefined };
    return (await verify(this.project(text), watch)).findings.length === 0;
  }

  /**
   * Every file below the artifacts, with its bytes and times. In one folder the clock is read, so its
   * time changes.
   */
  everything(): unknown[] {
    return readdirSync(this.layout.root, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => {
        const path = join(this.layout.root, name);
        const { mtimeMs, size } = statSync(path);
        const time = path === this.layout.temporary ? 'any' : mtimeMs;
        return [name, size, time, statSync(path).isFile() && readFileSync(path, 'base64')];
      });
  }

  recordsNow(): StageKey[] {
    return [...storedRecords(this.layout)].map(({ name }) => name).sort();
  }

  objectsNow(): string[] {
    return [...storedObjects(this.layout)].map(({ name }) => name).sort();
  }
}

export const chain = (text: string, constant = false) => `
stages:
  a: { uses: make, with: { name: a, text: ${text}, constant: ${constant} } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
`;

export const never = new AbortController().signal;
