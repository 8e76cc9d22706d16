/**
 * Key -> what running it yielded. The record is written last, after all that it names, so that a
 * record that is there means whole results; one that names something missing reads as a miss.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../key/digest.ts';
import { alikeOf, type Fingerprint, keyOf, type StageKey } from '../key/fingerprint.ts';
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
    /** Nothing ran: a person took the outputs of an older key as those of this one. */
    readonly accepted?: {
      readonly from: StageKey;
      readonly time: string;
      /** What differs between the two keys, in sentences. */
      readonly changes: readonly string[];
    };
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

  /** Records that differ from this fingerprint in the facts of the machine alone, newest first. */
  alike(fingerprint: Fingerprint): readonly ActionRecord[] {
    let keys: string[];
    try {
      keys = readdirSync(this.layout.alike(alikeOf(fingerprint)));
    } catch {
      return [];
    }
    return keys
      .flatMap((key) => this.get(key as StageKey) ?? [])
      .sort((a, b) => (a.provenance.finished < b.provenance.finished ? 1 : -1));
  }

  /** The first writer wins, unless the results it names are gone, or the run was forced. */
  put(record: ActionRecord, replace: boolean): void {
    this.noteAlike(record);
    const path = this.layout.action(record.key);
    const text = `${JSON.stringify(record, null, 2)}\n`;
    const first = !replace && writeOnce(path, text, this.layout.temporary);
    // A file that does not read as a record is no writer to be second to.
    if (replace || (!first && !this.get(record.key))) {
      writeDurably(path, text, this.layout.temporary);
    }
  }

  private noteAlike({ key, fingerprint }: ActionRecord): void {
    if (Object.keys(fingerprint.environment).length === 0) return;
    const folder = this.layout.alike(alikeOf(fingerprint));
    try {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, key), '');
    } catch {
      // What is not noted is not found: the stage runs on the other machine, and that is all.
    }
  }
}
