/**
 * Key -> what running it yielded. The record is written last, after all that it names, so that a
 * record that is there means whole results; one that names something missing reads as a miss.
 *
 * A record carries the digest of its own text: one in which a bit has flipped reads as a miss too.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../../base/read-file.ts';
import {
  isAbsent,
  isSystemError,
  type SystemError,
  unlessAbsent,
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
import { unlessRefused } from './short-cut.ts';
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
  private readonly stats: KnownBytes;

  /** `stats` knows the records that were read before. */
  constructor(layout: Layout, stats = nothingKnown) {
    this.layout = layout;
    this.stats = stats;
  }

  /** Whether the record of this key is still the one that was read and named these outputs: a stat. */
  stillNames(key: StageKey, outputs: ActionRecord['outputs']): boolean {
    const stamp = this.stampOf(key, outputs);
    return stamp !== undefined && stamp === fileStampAt(this.layout.action(key));
  }

  /** What a stat said when it was read and named these outputs; undefined where that is not known. */
  stampOf(key: StageKey, outputs: ActionRecord['outputs']): FileStamp | undefined {
    const known = this.stats.get(recordName(key));
    return known?.digest === namesOf(outputs) ? (known.stamp as FileStamp) : undefined;
  }

  /** Undefined where no whole record is there. Throws where it can't be read. */
  get(key: StageKey): ActionRecord | undefined {
    const stored = this.look(key);
    if (stored.kind === 'unreadable') throw stored.problem;
    return stored.kind === 'whole' ? stored.record : undefined;
  }

  look(key: StageKey): StoredRecord {
    const path = this.layout.action(key);
    const status = statusAt(path);
    if (!status) return { kind: 'missing' };
    if (!status.isFile()) return { kind: 'damaged', why: 'it is no file' };
    let text: string;
    try {
      text = readText(path);
    } catch (problem) {
      if (isAbsent(problem)) return { kind: 'missing' };
      if (isSystemError(problem)) return { kind: 'unreadable', problem };
      throw problem;
    }
    const stored = parse(text, key);
    if (stored.kind === 'whole') this.learn(stored.record, fileStampOf(status));
    return stored;
  }

  /** Records that differ from this fingerprint in the facts of the machine alone, newest first. */
  environmentVariants(fingerprint: Fingerprint): readonly ActionRecord[] {
    const folder = this.layout.environmentVariants(digestWithoutEnvironment(fingerprint));
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
    const path = this.layout.action(record.key);
    writeDurably(path, text, this.layout.temporary, flushes);
    this.learn(record, fileStampAt(path));
  }

  private learn({ key, outputs }: ActionRecord, stamp: FileStamp | undefined): void {
    if (stamp !== undefined) this.stats.learn(recordName(key), stamp, namesOf(outputs));
  }

  private noteAlike({ key, fingerprint }: ActionRecord): void {
    if (Object.keys(fingerprint.environment).length === 0) return;
    const folder = this.layout.environmentVariants(digestWithoutEnvironment(fingerprint));
    // What is not noted is not found: the stage runs on the other machine, and that is all.
    unlessRefused(() => inFolder(folder, () => writeFileSync(join(folder, key), '')));
  }
}

/** Of a record in the stat cache, where paths are absolute. */
export function recordName(key: StageKey): string {
  return `record ${key}`;
}

/** What the stat cache keeps of a record. */
function namesOf(outputs: ActionRecord['outputs']): Digest {
  return digestOf(JSON.stringify(outputs));
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
  if (layout !== UNSEALED_LAYOUT || 'check' in record)
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
    // Damage that left it JSON: a part is missing, or a number has no end.
    if (problem instanceof TypeError || problem instanceof RangeError) return false;
    throw problem;
  }
}
