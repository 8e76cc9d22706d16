/**
 * The reports of the nodes of a cluster about a run, for processes that only watch it. The run copies
 * these events into its journal. If the run has ended, its jobs go on, and only the nodes report.
 *
 * For each attempt, both report the same events in the same order. So an event is known by its
 * number, and each is new once, wherever it comes first.
 *
 * A failure is different: the head of a run decides whether another attempt follows. Without a head, the failure that the
 * node reports is the end of the stage.
 */
import type { StageId } from '../../graph/pipeline.ts';
import type { Layout } from '../../store/layout.ts';
import type { AttemptEvent, Event } from '../event.ts';
import type { Failure } from '../failure.ts';
import { NodeReports } from './node-reports.ts';
import { isLeft, type TaskLine } from './task-log.ts';

type Begun = Pick<Extract<Event, { readonly type: 'stage-started' }>, 'stage' | 'log'>;
type StageFailed = Extract<Event, { readonly type: 'stage-failed' }>;

/** Opening the file of each job takes a while. */
const EVERY_MS = 500;

export class NodeEvents {
  private readonly reports: NodeReports;
  /** By task, and by the position of the order in its bundle. */
  private readonly begun = new Map<string, Map<number, Begun>>();
  /** Attempts that failed on their node. The head has reported nothing newer about these stages. */
  private readonly failed = new Map<StageId, { readonly log: string; readonly failure: Failure }>();
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
    if (event.type === 'stage-failed') this.failed.delete(event.stage);
    else if (event.type === 'stage-started') this.noteAttempt(event);
    return this.isFirst(this.journal, event);
  }

  /** The new events. `now`: in milliseconds. */
  read(now: number): readonly AttemptEvent[] {
    if (now - this.readAt < EVERY_MS) return [];
    this.readAt = now;
    const events = this.reports.read().flatMap(({ task, lines }) => {
      const begun = this.begun.get(task) ?? new Map<number, Begun>();
      this.begun.set(task, begun);
      return lines.flatMap((line) => this.eventOf(line, begun));
    });
    return events.filter((event) => this.isFirst(this.nodes, event));
  }

  get hasFailures(): boolean {
    return this.failed.size > 0;
  }

  /** The failures that no head will decide about. Each is given once. */
  takeFailures(): readonly StageFailed[] {
    const events = [...this.failed].map(([stage, { failure }]): StageFailed => {
      return { type: 'stage-failed', stage, failure };
    });
    this.failed.clear();
    return events;
  }

  /** `begun`: by the position of the order in its bundle. */
  private eventOf(line: TaskLine, begun: Map<number, Begun>): readonly AttemptEvent[] {
    if (line.kind === 'end') {
      const attempt = begun.get(line.at);
      if (attempt && !line.result.ok && !isLeft(line)) {
        this.failed.set(attempt.stage, { log: attempt.log, failure: line.result.error });
      }
    }
    if (line.kind !== 'event') return [];
    const { at, event } = line;
    if (event.type === 'stage-started') {
      begun.set(at, event);
      this.noteAttempt(event);
    }
    // The others are about no attempt, or come from the run as well.
    return REPORTED.has(event.type) ? [event] : [];
  }

  /** The head makes another attempt after a failure. */
  private noteAttempt({ stage, log }: Begun): void {
    if (this.failed.get(stage)?.log !== log) this.failed.delete(stage);
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

const REPORTED: ReadonlySet<Event['type']> = new Set([
  'stage-started',
  'stage-progress',
  'stage-log',
  'stage-finished',
]);
