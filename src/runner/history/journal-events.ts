/**
 * The events of a journal of any length, each with the offset of its line.
 *
 * Incomplete and unknown lines are skipped. The output of stages is skipped too unless `said` is set, because it
 * may be most of the journal, and few callers need it.
 */
import { parseJson } from '../../base/json-text.ts';
import type { Event } from '../execution/event.ts';
import { linePieces, withFile } from './file-pieces.ts';

export interface JournalEvent {
  readonly at: number;
  readonly event: Event;
}

/** No event is longer, so a longer line is skipped. */
const LONGEST_LINE = 64 << 20;

/** `JSON.stringify` writes the type of an event first. */
const SAID = Buffer.from('{"type":"stage-log"');

const NEWLINE = 10;

export function journalEvents(
  path: string,
  { from = 0, said = false }: { readonly from?: number; readonly said?: boolean } = {},
): Generator<JournalEvent> {
  return withFile(path, function* (file) {
    for (const { at, bytes } of linePieces(file, from, LONGEST_LINE)) {
      for (const one of eventsIn(bytes, said)) yield { ...one, at: at + one.at };
    }
  });
}

/** `bytes` must be complete lines. The offsets are relative to `bytes`. */
export function* eventsIn(bytes: Buffer, said = true): Generator<JournalEvent> {
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline < 0 ? bytes.length : newline;
    if (said || bytes.compare(SAID, 0, SAID.length, at, Math.min(end, at + SAID.length)) !== 0) {
      const event = parseJson(bytes.toString('utf8', at, end));
      if (isEvent(event)) yield { at, event };
    }
    at = end + 1;
  }
}

function isEvent(value: unknown): value is Event {
  return typeof value === 'object' && value !== null && 'type' in value;
}
