/**
 * Key -> what running it yielded. The record is written last, after all that it names, so that a
 * record that is there means whole results; one that names something missing reads as a miss.
 */
import { readFileSync } from 'node:fs';
import type { Digest } from '../key/digest.ts';
import { type Fingerprint, keyOf, type StageKey } from '../key/fingerprint.ts';
import { writeDurably, writeOnce } from './durable.ts';
import type { Layout } from './layout.ts';
import { Presence } from './presence.ts';

export interface ActionRecord {
  readonly record: 'action/1';
  readonly key: StageKey;
  readonly fingerprint: Fingerprint;
  /** Port -> artifact. */
  readonly outputs: Readonly<Record<string, Digest>>;
  readonly seconds: number;
  /** Who made it, when and why; for people, never compared. */
  readonly provenance: {
    readonly run: string;
    readonly stage: string;
    readonly finished: string;
    readonly reasons: readonly string[];
  };
}

export class ActionCache {
  private readonly layout: Layout;
  private readonly presence = new Presence();

  constructor(layout: Layout) {
    this.layout = layout;
  }

  /** Whether there was a record a moment ago, which may still be damaged. */
  isPresent(key: StageKey): boolean {
    return this.presence.has(this.layout.actions(key.slice(0, 2)), `${key.slice(2)}.json`);
  }

  get(key: StageKey): ActionRecord | undefined {
    try {
      const record = JSON.parse(readFileSync(this.layout.action(key), 'utf8')) as ActionRecord;
      // A record must be of the key that it is filed under: a flipped bit reads as a miss.
      return record.record === 'action/1' && keyOf(record.fingerprint) === key ? record : undefined;
    } catch {
      return undefined;
    }
  }

  /** The first writer wins, unless the results it names are gone, or the run was forced. */
  put(record: ActionRecord, replace: boolean): void {
    const path = this.layout.action(record.key);
    const text = `${JSON.stringify(record, null, 2)}\n`;
    const first = !replace && writeOnce(path, text, this.layout.temporary);
    // A file that does not read as a record is no writer to be second to.
    if (replace || (!first && !this.get(record.key))) {
      writeDurably(path, text, this.layout.temporary);
    }
  }
}
