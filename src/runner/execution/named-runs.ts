/**
 * The keys of all stages in runs whose results are kept, read from their journals: runs with a name,
 * and runs with jobs on a cluster, which read results of earlier stages when they begin.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { parseJson } from '../../base/json-text.ts';
import { onFile, readText } from '../../base/read-file.ts';
import { unlessAbsent } from '../../base/system-error.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { entriesOf } from '../store/inventory.ts';
import type { Layout } from '../store/layout.ts';
import type { Event } from './event.ts';
import { journalOf } from './journal.ts';

/** Throws if a journal cannot be read: its run may have a name. */
export function keysOfNamedRuns(layout: Layout): ReadonlySet<StageKey> {
  const keys = new Set<StageKey>();
  for (const { name } of entriesOf(layout.runs)) {
    const journal = journalOf(layout, name);
    if (mayBeNamed(journal)) addKeys(keys, readText(journal));
  }
  return keys;
}

/** Throws if a journal cannot be read. */
export function keysOfRunsWithOrders(layout: Layout): ReadonlySet<StageKey> {
  const keys = new Set<StageKey>();
  for (const { name } of entriesOf(layout.orders)) {
    const journal = unlessAbsent(() => readText(journalOf(layout, name)));
    addKeys(keys, journal ?? '');
  }
  return keys;
}

/** Searched in the whole text, so that the key counts even in an incomplete line. */
function addKeys(keys: Set<StageKey>, journal: string): void {
  for (const [, key] of journal.matchAll(/"key":"([0-9a-f]{64})"/g)) keys.add(key as StageKey);
}

/** Judged by the first event. A run whose first event is damaged may have had a name. */
function mayBeNamed(journal: string): boolean {
  const line = firstLine(journal);
  if (line === undefined) return false;
  const event = parseJson(line) as Partial<Event> | null | undefined;
  return event?.type !== 'run-started' || ('name' in event && event.name !== undefined);
}

/** Most first events fit in this. */
const PIECE_BYTES = 64 << 10;

/** Journals may be long, and few runs have a name. Undefined if there is no journal. */
function firstLine(journal: string): string | undefined {
  const file = unlessAbsent(() => openSync(journal, 'r'));
  if (file === undefined) return undefined;
  try {
    const pieces: Buffer[] = [];
    for (;;) {
      const piece = Buffer.alloc(PIECE_BYTES);
      const length = onFile(journal, () => readSync(file, piece));
      const read = piece.subarray(0, length);
      const end = read.indexOf('\n');
      pieces.push(end < 0 ? read : read.subarray(0, end));
      if (end >= 0 || read.length === 0) return Buffer.concat(pieces).toString('utf8');
    }
  } finally {
    closeSync(file);
  }
}
