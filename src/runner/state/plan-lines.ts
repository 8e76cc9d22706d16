/**
 * The file format of the last plan: one line for all stages together, then lines of up to 1,000
 * stages each, then changes.
 */
import { parseJson } from '../../base/json-text.ts';
import type { Diagnostic } from '../document/diagnostic.ts';
import type { StageId } from '../graph/pipeline.ts';
import type { FileStamp } from '../store/file-stamp.ts';
import type { DefinitionChunk, TypeRow } from './plan-rows.ts';
import type { StoredResult } from './presence.ts';
import type { FileDigestsByPath, Reads } from './reads.ts';

export const RECORD = 'plan/2';

export interface PlanHead {
  readonly record: typeof RECORD;
  readonly reads: Reads;
  /** The stamp of the file of the newest results. */
  readonly newest?: FileStamp;
  /** The number of stages. */
  readonly stages: number;
  /** The names of the stages whose outputs no other stage uses. */
  readonly ends: readonly string[];
  readonly warnings: readonly Diagnostic[];
  readonly types: readonly TypeRow[];
}

/** A stage, and the result that made it up to date. */
export interface ResultRow extends StoredResult {
  readonly id: StageId;
}

export interface PlanChange {
  readonly files: FileDigestsByPath;
  readonly newest?: FileStamp;
  /** By the position of the stage. */
  readonly rows: ReadonlyMap<number, ResultRow>;
}

/** The first character of a line is its kind. */
export type Kind = 'head' | 'definitions' | 'results' | 'change';

const SIGNS: Readonly<Record<Kind, string>> = {
  head: 'h',
  definitions: 'd',
  results: 'r',
  change: 'c',
};

export function isLineOf(kind: Kind, content: Buffer): boolean {
  return content[0] === SIGNS[kind].charCodeAt(0);
}

/** The number of stages per line. */
export const CHUNK = 1000;

type RowText = readonly [
  id: StageId,
  key: StoredResult['key'],
  outputs: StoredResult['outputs'],
  shown: readonly string[],
  note?: string,
];

interface ChangeText {
  /**
   * The checksum of the line that it follows, which is the head or the previous change. The change
   * is ignored if that line is damaged, or if another process has written another line meanwhile.
   */
  readonly of: number;
  readonly files: FileDigestsByPath;
  readonly newest?: FileStamp;
  readonly places: readonly number[];
  readonly rows: readonly RowText[];
  readonly stamps: string;
}

export function headText(head: PlanHead): string {
  return SIGNS.head + JSON.stringify(head);
}

/** Undefined if another version wrote it. */
export function headIn(content: Buffer): PlanHead | undefined {
  const head = parseJson(content.toString('utf8', 1)) as PlanHead | undefined | null;
  return head?.record === RECORD ? head : undefined;
}

export function definitionsText(chunk: DefinitionChunk): string {
  return SIGNS.definitions + JSON.stringify(chunk);
}

export function definitionsIn(content: Buffer): DefinitionChunk {
  return parsed(content) as DefinitionChunk;
}

export function resultsText(rows: readonly ResultRow[]): string {
  return SIGNS.results + JSON.stringify([stampsText(rows), ...rows.map(rowText)]);
}

export function resultsIn(content: Buffer): ResultRow[] {
  const [stamps, ...texts] = parsed(content) as [string, ...RowText[]];
  return rowsIn(texts, stamps);
}

export function changeText({ rows, ...rest }: PlanChange, of: number): string {
  const all = [...rows.values()];
  const places = [...rows.keys()];
  const change: ChangeText = {
    ...{ of, ...rest, places },
    rows: all.map(rowText),
    stamps: stampsText(all),
  };
  return SIGNS.change + JSON.stringify(change);
}

/** Undefined if it follows another line. */
export function changeIn(content: Buffer, check: number): PlanChange | undefined {
  const { of, places, rows: texts, stamps, ...rest } = parsed(content) as ChangeText;
  if (of !== check) return undefined;
  const rows = rowsIn(texts, stamps);
  return { ...rest, rows: new Map(places.map((place, i) => [place, rows[i]!])) };
}

function rowsIn(texts: readonly RowText[], base64: string): ResultRow[] {
  // Copied, because a typed array must begin at a multiple of its element size.
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  const stamps = new Float64Array(bytes.buffer);
  let first = 0;
  return texts.map(([id, key, outputs, shown, note]) => {
    const row = { id, key, outputs, shown, note, stamps, first };
    first += numberOfStamps(row);
    return row;
  });
}

function stampsText(rows: readonly ResultRow[]): string {
  const numbers: number[] = [];
  for (const row of rows) {
    const end = row.first + numberOfStamps(row);
    for (let at = row.first; at < end; at++) numbers.push(row.stamps[at]!);
  }
  return Buffer.from(Float64Array.from(numbers).buffer).toString('base64');
}

function numberOfStamps({ outputs, shown, note }: StoredResult): number {
  return 3 * (1 + Object.keys(outputs).length + shown.length / 2 + (note === undefined ? 0 : 1));
}

function rowText({ id, key, outputs, shown, note }: ResultRow): RowText {
  return note === undefined ? [id, key, outputs, shown] : [id, key, outputs, shown, note];
}

function parsed(content: Buffer): unknown {
  return JSON.parse(content.toString('utf8', 1));
}
