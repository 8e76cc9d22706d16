/**
 * Maps a key to the result of running its stage. The record is written last, after everything that
 * it names, so an existing record means a complete result. A record that names something missing is
 * a miss.
 *
 * A record contains the digest of its own text, so a record with a flipped bit is a miss too.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../../base/read-file.ts';
import {
  isAbsent,
  isSystemError,
  type SystemError,
  unlessAbsent,
  unlessRefused,
} from '../../base/system-error.ts';
import { type Digest, digestOf } from '../key/digest.ts';
import {
  digestWithoutEnvironment,
  type Fingerprint,
  keyOf,
  type StageKey,
} from '../key/fingerprint.ts';
import { inFolder, writeDurably } from './durable.ts';
import { type FileStamp, fileStampAt, fileStampOf, statusAt } from './file-stamp.ts';
import { atOnce } from './flushes.ts';
import { type KnownBytes, nothingKnown } from './known-bytes.ts';
import type { Layout } from './layout.ts';
import { seal, unseal } from './sealed-json.ts';
import { areOutputs } from './tree-path.ts';

export interface ActionRecord {
  readonly key: StageKey;
  readonly fingerprint: Fingerprint;
  /** Artifacts by port. */
  readonly outputs: Readonly<Record<string, Digest>>;
  readonly seconds: number;
  /** Who made it, when and why. This is for people and is never compared. */
  readonly provenance: {
    readonly run: string;
    readonly stage: string;
    readonly finished: string;
    readonly reasons: readonly string[];
    /** Set if nothing ran, because a person accepted the outputs of an older key for this one. */
    readonly accepted?: {
      readonly from: StageKey;
      readonly time: string;
      /** What differs between the two keys, in sentences. */
      readonly changes: readonly string[];
    };
    /** Set if the result came from a remote cache. The signature is the one that it has there. */
    readonly cache?: { readonly address: string; readonly signature?: string };
  };
}

/** The content of the file of a key. */
export type StoredRecord =
  | { readonly kind: 'whole'; readonly record: ActionRecord }
  | { readonly kind: 'damaged'; readonly why: string }
  /** Undamaged, but in a format that only a newer program knows. */
  | { readonly kind: 'newer' }
  | { readonly kind: 'missing' }
  /** The system did not allow it to be read, so it may be undamaged. */
  | { readonly kind: 'unreadable'; readonly problem: SystemError };

export class ActionCache {
  private readonly layout: Layout;
  private readonly stats: KnownBytes;

  /** `stats` knows the records that were read before. */
  constructor(layout: Layout, stats = nothingKnown) {
    this.layout = layout;
    this.stats = stats;
  }

  /**
   * Whether the record is still the one that was read and that named these outputs. Costs one stat.
   */
  stillNames(key: StageKey, outputs: ActionRecord['outputs']): boolean {
    const stamp = this.stampOf(key, outputs);
    return stamp !== undefined && stamp === fileStampAt(this.layout.action(key));
  }

  /** The stamp of the record when it was read and named these outputs. Undefined if not known. */
  stampOf(key: StageKey, outputs: ActionRecord['outputs']): FileStamp | undefined {
    const known = this.stats.get(recordName(key));
    return known?.digest === namesOf(outputs) ? (known.stamp as FileStamp) : undefined;
  }

  /** Undefined if there is no complete record. Throws if it can't be read. */
  get(key: StageKey): ActionRecord | undefined {
    const stored = this.look(key);
    if (stored.kind === 'unreadable') throw stored.problem;
    return stored.kind === 'whole' ? stored.record : undefined;
  }

  look(key: StageKey): StoredRecord {
    const path = this.layout.action(key);
    const status = statusAt(path);
    if (!status) return { kind: 'missing' };
    if (!status.isFile()) return { kind: 'damaged', why: 'it is not a file' };
    let text: string;
    try {
      text = readText(path);
    } catch (problem) {
      if (isAbsent(problem)) return { kind: 'missing' };
      if (isSystemError(problem)) return { kind: 'unreadable', problem };
      throw problem;
    }
    const stored = parseRecord(text, key);
    if (stored.kind === 'whole') this.learn(stored.record, fileStampOf(status));
    return stored;
  }

  /** Records that differ from this fingerprint only in the facts of the machine, newest first. */
  environmentVariants(fingerprint: Fingerprint): readonly ActionRecord[] {
    const folder = this.layout.environmentVariants(digestWithoutEnvironment(fingerprint));
    return (unlessAbsent(() => readdirSync(folder)) ?? [])
      .flatMap((key) => this.get(key as StageKey) ?? [])
      .sort((a, b) => (a.provenance.finished < b.provenance.finished ? 1 : -1));
  }

  /** The first writer wins, unless the results that it names are gone or the run was forced. */
  put(record: ActionRecord, replace: boolean, flushes = atOnce): void {
    this.noteVariant(record);
    // The writer holds the lock of the key. A file that does not read as a record may be replaced.
    if (!replace && this.get(record.key)) return;
    const path = this.layout.action(record.key);
    writeDurably(path, recordText(record), this.layout.temporary, flushes);
    this.learn(record, fileStampAt(path));
  }

  private learn({ key, outputs }: ActionRecord, stamp: FileStamp | undefined): void {
    if (stamp !== undefined) this.stats.learn(recordName(key), stamp, namesOf(outputs));
  }

  private noteVariant({ key, fingerprint }: ActionRecord): void {
    if (Object.keys(fingerprint.environment).length === 0) return;
    const folder = this.layout.environmentVariants(digestWithoutEnvironment(fingerprint));
    // If the note can't be written, the stage only runs again on the other machine.
    unlessRefused(() => inFolder(folder, () => writeFileSync(join(folder, key), '')));
  }
}

/** The name of a record in the stat cache, where the other names are absolute paths. */
export function recordName(key: StageKey): string {
  return `record ${key}`;
}

/** The value that the stat cache stores for a record. */
function namesOf(outputs: ActionRecord['outputs']): Digest {
  return digestOf(JSON.stringify(outputs));
}

const LAYOUT = 'action/2';

/** The format before records had a digest. Only the parts of the key are protected, by the key. */
const UNSEALED_LAYOUT = 'action/1';

/** The content of the file of a record. */
export function recordText(record: ActionRecord): string {
  return `${seal({ record: LAYOUT, ...record }, 2)}\n`;
}

export function parseRecord(text: string, key: StageKey): StoredRecord {
  const unsealed = unseal(text);
  if (!unsealed) return { kind: 'damaged', why: 'it is not a record' };
  const { record: layout, ...record } = unsealed.value as ActionRecord & { record: unknown };
  if (unsealed.sealed) {
    if (layout !== LAYOUT) return { kind: 'newer' };
    if (record.key !== key) return { kind: 'damaged', why: 'it belongs to another key' };
    if (!areOutputs(record.outputs)) return { kind: 'damaged', why: BAD_OUTPUTS };
    // The record may be written again, and then gets a new check.
    const { check: _check, ...whole } = record as ActionRecord & { check: unknown };
    return { kind: 'whole', record: whole };
  }
  if (layout !== UNSEALED_LAYOUT || 'check' in record)
    return { kind: 'damaged', why: 'its text was changed after it was written' };
  if (!areOutputs(record.outputs)) return { kind: 'damaged', why: BAD_OUTPUTS };
  return hasKey(record, key)
    ? { kind: 'whole', record }
    : { kind: 'damaged', why: 'its fingerprint does not match its key' };
}

const BAD_OUTPUTS = 'it names an output that no stage can have';

/** Whether the key is the digest of the record's fingerprint. */
export function hasKey({ fingerprint }: Pick<ActionRecord, 'fingerprint'>, key: StageKey): boolean {
  try {
    return keyOf(fingerprint) === key;
  } catch (problem) {
    // The damaged text is still JSON, but a part is missing or a number is not finite.
    if (problem instanceof TypeError || problem instanceof RangeError) return false;
    throw problem;
  }
}
