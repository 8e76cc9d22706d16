/**
 * The results of the stages of a plan by column. JSON by column is parsed in half the time of JSON
 * by row, and a plan in which nothing has changed needs no row as an object.
 */
import type { StageId } from '../graph/pipeline.ts';
import type { Digest } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';

export interface StoredResult {
  readonly key: StageKey;
  readonly outputs: Readonly<Record<string, Digest>>;
  /** The digest of a file, its path relative to `latest/`, and so on. */
  readonly shown: readonly string[];
  /**
   * The path of the note relative to `latest/`. If there are many files, only the note is checked.
   */
  readonly note: string | undefined;
  /**
   * Size, modification time and inode of each file, in this order: record, outputs, their files,
   * note.
   */
  readonly stamps: ArrayLike<number>;
  /** The position of the first stamp of this result. */
  readonly first: number;
}

/** A stage, and the result that made it up to date. */
export interface ResultRow extends StoredResult {
  readonly id: StageId;
}

/** The stored form. The stamps of all rows are one typed array in base 64. */
export interface ResultColumns {
  readonly ids: readonly StageId[];
  readonly keys: readonly StageKey[];
  readonly outputs: readonly StoredResult['outputs'][];
  readonly shown: readonly StoredResult['shown'][];
  readonly notes: readonly (string | null)[];
  readonly stamps: string;
}

export class Results {
  readonly ids: StageId[] = [];
  readonly keys: StageKey[] = [];
  readonly outputs: StoredResult['outputs'][] = [];
  readonly shown: StoredResult['shown'][] = [];
  readonly notes: (string | undefined)[] = [];
  /** The stamps of several rows, and where those of this row begin. */
  readonly stamps: ArrayLike<number>[] = [];
  readonly firsts: number[] = [];

  get length(): number {
    return this.ids.length;
  }

  add({ ids, keys, outputs, shown, notes, stamps: base64 }: ResultColumns): void {
    // Copied, because a typed array must begin at a multiple of its element size.
    const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
    const stamps = new Float64Array(bytes.buffer);
    let first = 0;
    for (let i = 0; i < ids.length; i++) {
      const note = notes[i] ?? undefined;
      this.ids.push(ids[i]!);
      this.keys.push(keys[i]!);
      this.outputs.push(outputs[i]!);
      this.shown.push(shown[i]!);
      this.notes.push(note);
      this.stamps.push(stamps);
      this.firsts.push(first);
      first += numberOfStamps(outputs[i]!, shown[i]!, note);
    }
  }

  at(place: number): ResultRow {
    return {
      id: this.ids[place]!,
      key: this.keys[place]!,
      outputs: this.outputs[place]!,
      shown: this.shown[place]!,
      note: this.notes[place],
      stamps: this.stamps[place]!,
      first: this.firsts[place]!,
    };
  }

  set(place: number, { id, key, outputs, shown, note, stamps, first }: ResultRow): void {
    this.ids[place] = id;
    this.keys[place] = key;
    this.outputs[place] = outputs;
    this.shown[place] = shown;
    this.notes[place] = note;
    this.stamps[place] = stamps;
    this.firsts[place] = first;
  }

  *rows(): Iterable<ResultRow> {
    for (let place = 0; place < this.length; place++) yield this.at(place);
  }
}

export function columnsOf(rows: readonly ResultRow[]): ResultColumns {
  return {
    ids: rows.map(({ id }) => id),
    keys: rows.map(({ key }) => key),
    outputs: rows.map(({ outputs }) => outputs),
    shown: rows.map(({ shown }) => shown),
    notes: rows.map(({ note }) => note ?? null),
    stamps: stampsText(rows),
  };
}

function stampsText(rows: readonly ResultRow[]): string {
  const numbers: number[] = [];
  for (const { outputs, shown, note, stamps, first } of rows) {
    const end = first + numberOfStamps(outputs, shown, note);
    for (let at = first; at < end; at++) numbers.push(stamps[at]!);
  }
  return Buffer.from(Float64Array.from(numbers).buffer).toString('base64');
}

function numberOfStamps(
  outputs: StoredResult['outputs'],
  shown: StoredResult['shown'],
  note: string | undefined,
): number {
  return 3 * (1 + Object.keys(outputs).length + shown.length / 2 + (note === undefined ? 0 : 1));
}
