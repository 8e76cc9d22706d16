/**
 * The reports of the nodes of a cluster about a run, for processes that only watch it. The run copies
 * these events into its journal. If the run has ended, its jobs go on, and only the nodes report.
 *
 * For each attempt, both report the same events in the same order. So an event is known by its
 * number, and each is new once, wherever it comes first.
 */
import type { Layout } from '../../store/layout.ts';
import type { AttemptEvent, Event } from '../event.ts';
import { NodeReports } from './node-reports.ts';
import type { TaskLine } from './task-log.ts';

/** Opening the file of each job takes a while. */
const EVERY_MS = 500;

export class NodeEvents {
  private readonly reports: NodeReports;
  private readonly journal = new Counter();
  private readonly nodes = new Counter();
  /** The number of events by attempt. */
  private readonly seen = new Map<string, number>();
  private readAt = Number.NEGATIVE_INFINITY;

  constructor(layout: Layout, run: string) {
    this.reports = new NodeReports(layout, run);
  }

  /** Whether a node did not report this event of the journal before. */
  isNew(event: Event): boolean {
    return this.isFirst(this.journal, event);
  }

  /** The new events. `now`: in milliseconds. */
  read(now: number): readonly AttemptEvent[] {
    if (now - this.readAt < EVERY_MS) return [];
    this.readAt = now;
    const events = this.reports.read().flat().flatMap(eventOf);
    return events.filter((event) => this.isFirst(this.nodes, event));
  }

  private isFirst(source: Counter, event: Event): boolean {
    const place = source.placeOf(event);
    // It has no number. Twice does no harm.
    if (!place) return true;
    const seen = this.seen.get(place.attempt) ?? 0;
    this.seen.set(place.attempt, Math.max(seen, place.number));
    return place.number > seen;
  }
}

/** Numbers the events of each attempt. An attempt is known by its log. */
class Counter {
  /** By stage. */
  private readonly attempts = new Map<string, string>();
  private readonly numbers = new Map<string, number>();

  placeOf(event: Event): { readonly attempt: string; readonly number: number } | undefined {
    if (event.type === 'stage-started') this.attempts.set(event.stage, event.log);
    // The journal has no progress.
    else if (event.type !== 'stage-log' && event.type !== 'stage-finished') return undefined;
    const attempt = this.attempts.get(event.stage);
    if (attempt === undefined) return undefined;
    const number = (this.numbers.get(attempt) ?? 0) + 1;
    this.numbers.set(attempt, number);
    return { attempt, number };
  }
}

function eventOf(line: TaskLine): readonly AttemptEvent[] {
  if (line.kind !== 'event') return [];
  const { event } = line;
  // The others are about no attempt, or come from the run as well.
  return REPORTED.has(event.type) ? [event] : [];
}

const REPORTED: ReadonlySet<Event['type']> = new Set([
  'stage-started',
  'stage-progress',
  'stage-log',
  'stage-finished',
]);
