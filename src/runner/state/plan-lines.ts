/**
 * The file format of the last plan: one line for all stages together, then lines of up to 1,000
 * stages each, then changes.
 */
import { parseJson } from '../../base/json-text.ts';
import type { Diagnostic } from '../document/diagnostic.ts';
import type { FileStamp } from '../store/file-stamp.ts';
import type { DefinitionChunk, TypeRow } from './plan-rows.ts';
import type { FileDigestsByPath, Reads } from './reads.ts';
import { columnsOf, type ResultColumns, type ResultRow, rowsIn } from './results.ts';

export const RECORD = 'plan/3';

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

interface ChangeText extends Omit<PlanChange, 'rows'> {
  /**
   * The checksum of the line that it follows, which is the head or the previous change. The change
   * is ignored if that line is damaged, or if another process has written another line meanwhile.
   */
  readonly of: number;
  readonly places: readonly number[];
  readonly results: ResultColumns;
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
  return SIGNS.results + JSON.stringify(columnsOf(rows));
}

export function resultsIn(content: Buffer): readonly ResultRow[] {
  return rowsIn(parsed(content) as ResultColumns);
}

export function changeText({ rows, ...rest }: PlanChange, of: number): string {
  const places = [...rows.keys()];
  const change: ChangeText = { of, ...rest, places, results: columnsOf([...rows.values()]) };
  return SIGNS.change + JSON.stringify(change);
}

/** Undefined if it follows another line. */
export function changeIn(content: Buffer, check: number): PlanChange | undefined {
  const { of, places, results, ...rest } = parsed(content) as ChangeText;
  if (of !== check) return undefined;
  const rows = rowsIn(results);
  return { ...rest, rows: new Map(places.map((place, i) => [place, rows[i]!])) };
}

function parsed(content: Buffer): unknown {
  return JSON.parse(content.toString('utf8', 1));
}
