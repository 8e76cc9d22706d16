/** The journal of a run that somebody else may be writing: each event once, when its line is whole. */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '../../runner/execution/event.ts';
import type { Layout } from '../../runner/store/layout.ts';

const PIECE = 1 << 20;

export class JournalTail {
  private readonly path: string;
  private offset = 0;
  private rest: Buffer = Buffer.alloc(0);

  constructor(layout: Layout, run: string) {
    this.path = join(layout.run(run), 'journal.jsonl');
  }

  /** What came since the last time; nothing where there is no journal yet. */
  read(): readonly Event[] {
    let file: number;
    try {
      file = openSync(this.path, 'r');
    } catch {
      return [];
    }
    try {
      const events: Event[] = [];
      const piece = Buffer.alloc(PIECE);
      for (;;) {
        const length = readSync(file, piece, 0, PIECE, this.offset);
        if (length === 0) return events;
        this.offset += length;
        this.take(Buffer.concat([this.rest, piece.subarray(0, length)]), events);
      }
    } finally {
      closeSync(file);
    }
  }

  private take(bytes: Buffer, events: Event[]): void {
    const end = bytes.lastIndexOf(10) + 1;
    this.rest = Buffer.from(bytes.subarray(end));
    for (const line of bytes.toString('utf8', 0, end).split('\n')) {
      if (line === '') continue;
      try {
        events.push(JSON.parse(line) as Event);
      } catch {
        // A torn or foreign line says nothing.
      }
    }
  }
}
