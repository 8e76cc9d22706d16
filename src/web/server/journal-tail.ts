/** Reads the journal of a run while another process writes it. Gives each event once, when its line is complete. */
import { closeSync, openSync, readSync } from 'node:fs';
import { unlessAbsent } from '../../base/system-error.ts';
import { type Event, eventsIn, journalOf, type Layout } from '../../runner/index.ts';

const PIECE = 1 << 20;

/** The server answers requests between two reads, so each read is limited. */
const MOST_PER_READ = 16 * PIECE;

export class JournalTail {
  /** Whether there is more to read. */
  behind = false;
  private readonly path: string;
  private offset = 0;
  private rest: Buffer[] = [];

  constructor(layout: Layout, run: string) {
    this.path = journalOf(layout, run);
  }

  /** The new events. None if there is no journal yet. */
  read(): readonly Event[] {
    const file = unlessAbsent(() => openSync(this.path, 'r'));
    if (file === undefined) return [];
    try {
      const events: Event[] = [];
      for (let taken = 0; taken < MOST_PER_READ; ) {
        const piece = Buffer.allocUnsafe(PIECE);
        const length = readSync(file, piece, 0, PIECE, this.offset);
        this.behind = length > 0;
        if (length === 0) return events;
        this.offset += length;
        taken += length;
        for (const event of this.take(piece.subarray(0, length))) events.push(event);
      }
      return events;
    } finally {
      closeSync(file);
    }
  }

  private take(bytes: Buffer): readonly Event[] {
    const end = bytes.lastIndexOf(10) + 1;
    if (end === 0) {
      this.rest.push(bytes);
      return [];
    }
    const whole = Buffer.concat([...this.rest, bytes.subarray(0, end)]);
    this.rest = [Buffer.from(bytes.subarray(end))];
    return [...eventsIn(whole)].map(({ event }) => event);
  }
}
