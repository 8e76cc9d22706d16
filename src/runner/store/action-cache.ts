/**
 * Key -> what running it yielded. The record is written last, after all that it names, so that a
 * record that is there means whole results; one that names something missing reads as a miss.
 *
 * A record carries the digest of its own text: one in which a bit has flipped reads as a miss too.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  hasCode,
  isAbsent,
  isSystemError,
  type SystemError,
  unlessAbsent,
} from '../../base/system-error.ts';
import type { Digest } from '../key/digest.ts';
import { alikeOf, type Fingerprint, keyOf, type StageKey } from '../key/fingerprint.ts';
import { inFolder, writeDurably } from './durable.ts';
import { atOnce } from './flushes.ts';
import type { Layout } from './layout.ts';
import { Presence } from './presence.ts';
import { seal, unseal } from './sealed-json.ts';
import { areOutputs } from './tree-path.ts';

export interface ActionRecord {
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

/** What lies in the file of a key. */
export type StoredRecord =
  | { readonly kind: 'whole'; readonly record: ActionRecord }
  | { readonly kind: 'damaged'; readonly why: string }
  /** Whole, but of a layout that only a later program knows. */
  | { readonly kind: 'newer' }
  | { readonly kind: 'missing' }
  /** It may be whole: the system did not let it be read. */
  | { readonly kind: 'unreadable'; readonly problem: SystemError };

export class ActionCache {
  private readonly layout: Layout;
  private presence = new Presence();

  constructor(layout: Layout) {
    this.layout = layout;
  }

  /** Whether there was a record a moment ago, which may still be damaged. */
  isPresent(key: StageKey): boolean {
    return this.presence.has(this.layout.actionShard(key.slice(0, 2)), `${key.slice(2)}.json`);
  }

  lookAgain(): void {
    this.presence = new Presence();
  }

  /** Undefined where no whole record is there. Throws where it can't be read. */
  get(key: StageKey): ActionRecord | undefined {
    const stored = this.look(key);
    if (stored.kind === 'unreadable') throw stored.problem;
    return stored.kind === 'whole' ? stored.record : undefined;
  }

  look(key: StageKey): StoredRecord {
    let text: string;
    try {
      text = readFileSync(this.layout.action(key), 'utf8');
    } catch (problem) {
      if (isAbsent(problem)) return { kind: 'missing' };
      if (hasCode(problem, 'EISDIR')) return { kind: 'damaged', why: 'it is a folder' };
      if (isSystemError(problem)) return { kind: 'unreadable', problem };
      throw problem;
    }
    return parse(text, key);
  }

  /** Records that differ from this fingerprint in the facts of the machine alone, newest first. */
  alike(fingerprint: Fingerprint): readonly ActionRecord[] {
    const folder = this.layout.alike(alikeOf(fingerprint));
    return (unlessAbsent(() => readdirSync(folder)) ?? [])
      .flatMap((key) => this.get(key as StageKey) ?? [])
      .sort((a, b) => (a.provenance.finished < b.provenance.finished ? 1 : -1));
  }

  /** The first writer wins, unless the results it names are gone, or the run was forced. */
  put(record: ActionRecord, replace: boolean, flushes = atOnce): void {
    this.noteAlike(record);
    // Whoever writes holds the key's lock. A file that does not read as a record is nobody's to keep.
    if (!replace && this.get(record.key)) return;
    const text = `${seal({ record: LAYOUT, ...record }, 2)}\n`;
    writeDurably(this.layout.action(record.key), text, this.layout.temporary, flushes);
  }

  private noteAlike({ key, fingerprint }: ActionRecord): void {
    if (Object.keys(fingerprint.environment).length === 0) return;
    const folder = this.layout.alike(alikeOf(fingerprint));
    try {
      inFolder(folder, () => writeFileSync(join(folder, key), ''));
    } catch (problem) {
      // What is not noted is not found: the stage runs on the other machine, and that is all.
      if (!isSystemError(problem)) throw problem;
    }
  }
}

const LAYOUT = 'action/2';

/** The layout of before records carried a digest: only what makes the key is protected, by the key. */
const UNSEALED_LAYOUT = 'action/1';

function parse(text: string, key: StageKey): StoredRecord {
  const unsealed = unseal(text);
  if (!unsealed) return { kind: 'damaged', why: 'it is no record' };
  const { record: layout, ...record } = unsealed.value as ActionRecord & { record: unknown };
  if (unsealed.sealed) {
    if (layout !== LAYOUT) return { kind: 'newer' };
    if (record.key !== key) return { kind: 'damaged', why: 'it is of another key' };
    if (!areOutputs(record.outputs)) return { kind: 'damaged', why: BAD_OUTPUTS };
    return { kind: 'whole', record };
  }
  if (layout !== UNSEALED_LAYOUT)
    return { kind: 'damaged', why: 'its text is not what was written' };
  if (!areOutputs(record.outputs)) return { kind: 'damaged', why: BAD_OUTPUTS };
  return hasKey(record, key)
    ? { kind: 'whole', record }
    : { kind: 'damaged', why: 'its fingerprint is not of its key' };
}

const BAD_OUTPUTS = 'it names an output that no stage can have';

/** Whether the record's fingerprint is the one that the key is the digest of. */
export function hasKey({ fingerprint }: Pick<ActionRecord, 'fingerprint'>, key: StageKey): boolean {
  try {
    return keyOf(fingerprint) === key;
  } catch (problem) {
    // What is no fingerprint has no canonical text.
    if (problem instanceof TypeError || problem instanceof RangeError) return false;
    throw problem;
  }
}
