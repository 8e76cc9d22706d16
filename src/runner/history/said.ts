/**
 * The output of a stage in an attempt, read piece by piece from its log, or from the journal if there is no log.
 *
 * Runs of older versions and of other executors have this output in their journals.
 */
import { StringDecoder } from 'node:string_decoder';
import type { Attempt } from './attempt.ts';
import { linePieces, startOfLast, withFile } from './file-pieces.ts';
import { journalEvents } from './journal-events.ts';

export interface Part {
  /** The number of lines at the end. Undefined for all lines. */
  readonly last?: number | undefined;
  /** The number of bytes at the end, if that is less. */
  readonly most?: number;
}

/** The text without the newline at its end. A piece ends within a line only if the line is very long. */
export function* saidIn({ stage, said }: Attempt, part: Part = {}): Generator<string> {
  let found = false;
  for (const piece of said.log === undefined ? [] : fromLog(said.log, part)) {
    found = true;
    yield piece;
  }
  if (!found) yield* fromJournal(stage, said, part);
}

/** The last lines, and whether there are more lines before them. */
export function lastSaid(
  attempt: Attempt,
  count: number,
  most: number,
): { readonly lines: readonly string[]; readonly more: boolean } {
  const pieces = [...saidIn(attempt, { last: count + 1, most })];
  const lines = pieces.length === 0 ? [] : pieces.join('').split('\n');
  const bytes = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  // A newline or a part of a character at the end is not in the text.
  return { lines: lines.slice(-count), more: lines.length > count || bytes >= most - 4 };
}

function fromLog(path: string, { last, most }: Part): Generator<string> {
  return withFile(path, function* (file) {
    const decoder = new StringDecoder('utf8');
    const from = last === undefined ? 0 : startOfLast(file, last, most);
    let newline = '';
    for (const { bytes } of linePieces(file, from)) {
      const text = decoder.write(bytes);
      const ended = text.endsWith('\n');
      yield newline + (ended ? text.slice(0, -1) : text);
      newline = ended ? '\n' : '';
    }
  });
}

function* fromJournal(
  stage: string,
  { journal, from }: Attempt['said'],
  { last }: Part,
): Generator<string> {
  const messages = messagesIn(stage, journal, from);
  let newline = '';
  for (const message of last === undefined ? messages : newest(messages, last)) {
    yield newline + message;
    newline = '\n';
  }
}

function* messagesIn(stage: string, journal: string, from: number): Generator<string> {
  for (const { event, at } of journalEvents(journal, { from, said: true })) {
    if (!('stage' in event) || event.stage !== stage) continue;
    if (event.type === 'stage-started' && at > from) return;
    if (event.type === 'stage-log') yield event.message;
  }
}

/** The last `count` lines of all messages. */
function newest(messages: Iterable<string>, count: number): readonly string[] {
  let kept: string[] = [];
  for (const message of messages) {
    kept.push(...message.split('\n'));
    if (kept.length > 2 * count + 1000) kept = kept.slice(-count);
  }
  return count === 0 ? [] : kept.slice(-count);
}
