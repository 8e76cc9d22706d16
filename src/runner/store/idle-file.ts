/**
 * The file of what has to be the same for a run to have nothing to do again: the digest of all that
 * follows, a line of JSON that each such run reads, one that is read where something differs, and the
 * events of the stages that were up to date, a line each.
 *
 * The newest run that ended well writes it over the last one's. It is a short cut: one that is torn or
 * damaged reads as absent.
 */
import { readFileSync } from 'node:fs';
import { digestOf } from '../key/digest.ts';
import { writeDurably } from './durable.ts';
import type { Flushes } from './flushes.ts';
import type { Layout } from './layout.ts';
import { unlessRefused } from './short-cut.ts';

/** `head` is of any shape: whoever wrote it is named in it. */
export interface IdleFile {
  readonly head: unknown;
  /** A line of JSON. */
  readonly details: string;
  readonly lines: string;
}

/** After a power cut it may be torn, and is then not used. */
const never: Flushes = { flush: () => undefined, first: false };

/** That it can't be written costs time, and is no failure. */
export function writeIdleFile(layout: Layout, { head, details, lines }: IdleFile): void {
  const body = `${JSON.stringify(head)}\n${details}\n${lines}`;
  const text = `${digestOf(body)}\n${body}`;
  unlessRefused(() => writeDurably(layout.idleNote, text, layout.temporary, never));
}

export function readIdleFile(layout: Layout): IdleFile | undefined {
  const bytes = unlessRefused(() => readFileSync(layout.idleNote));
  if (!bytes) return undefined;
  const body = bytes.subarray(CHECK);
  if (bytes.toString('latin1', 0, CHECK) !== `${digestOf(body)}\n`) return undefined;
  const end = body.indexOf('\n');
  const head: unknown = JSON.parse(body.toString('utf8', 0, end));
  const rest = body.indexOf('\n', end + 1);
  const details = body.toString('utf8', end + 1, rest);
  return { head, details, lines: body.toString('utf8', rest + 1) };
}

/** A digest and the end of its line. */
const CHECK = 65;
