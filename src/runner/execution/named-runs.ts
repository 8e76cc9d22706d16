/** The keys that runs with a name met or made, by their journals: a person wants to keep those. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { StageKey } from '../key/fingerprint.ts';
import { entriesOf } from '../store/inventory.ts';
import type { Layout } from '../store/layout.ts';
import type { Event } from './event.ts';

export function keysOfNamedRuns(layout: Layout): ReadonlySet<StageKey> {
  const keys = new Set<StageKey>();
  for (const { name } of entriesOf(layout.runs)) {
    const journal = join(layout.run(name), 'journal.jsonl');
    if (!isNamed(journal)) continue;
    // By the text and not by its lines: of a line that a kill left torn the key counts as well.
    for (const [, key] of readFileSync(journal, 'utf8').matchAll(/"key":"([0-9a-f]{64})"/g)) {
      keys.add(key as StageKey);
    }
  }
  return keys;
}

/** Its first event fits in this. */
const BEGINNING_BYTES = 64 << 10;

/** Journals may be long, and few runs have a name. */
function isNamed(journal: string): boolean {
  try {
    const piece = Buffer.alloc(BEGINNING_BYTES);
    const file = openSync(journal, 'r');
    let read: number;
    try {
      read = readSync(file, piece);
    } finally {
      closeSync(file);
    }
    const [line] = piece.toString('utf8', 0, read).split('\n', 1);
    const event = JSON.parse(line!) as Event;
    return event.type === 'run-started' && event.name !== undefined;
  } catch {
    return false;
  }
}
