/**
 * The results of the stages of a plan. They are stored by column, because JSON by column is parsed
 * in half the time of JSON by row.
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

export function rowsIn({
  ids,
  keys,
  outputs,
  shown,
  notes,
  stamps: base64,
}: ResultColumns): ResultRow[] {
  // Copied, because a typed array must begin at a multiple of its element size.
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  const stamps = new Float64Array(bytes.buffer);
  let first = 0;
  return ids.map((id, i): ResultRow => {
    const row = {
      id,
      key: keys[i]!,
      outputs: outputs[i]!,
      shown: shown[i]!,
      note: notes[i] ?? undefined,
      stamps,
      first,
    };
    first += numberOfStamps(row);
    return row;
  });
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
  for (const row of rows) {
    const end = row.first + numberOfStamps(row);
    for (let at = row.first; at < end; at++) numbers.push(row.stamps[at]!);
  }
  return Buffer.from(Float64Array.from(numbers).buffer).toString('base64');
}

function numberOfStamps({ outputs, shown, note }: ResultRow): number {
  return 3 * (1 + Object.keys(outputs).length + shown.length / 2 + (note === undefined ? 0 : 1));
}
