/**
 * Reads past runs from their journals. A list of runs reads only the beginning and the end of each journal, so
 * that it is fast for hundreds of runs.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { onFile } from '../../base/read-file.ts';
import { unlessAbsent } from '../../base/system-error.ts';
import type { Event, RunFinished } from '../execution/event.ts';
import { journalOf } from '../execution/journal.ts';
import type { Layout } from '../store/layout.ts';
import { liveRunIds } from '../store/live-run.ts';
import { eventsIn, journalEvents } from './journal-events.ts';

export type RunStarted = Extract<Event, { type: 'run-started' }>;

export interface RunSummary {
  readonly run: string;
  /** When it started. */
  readonly time: string;
  readonly name?: string;
  readonly selection?: RunStarted['selection'];
  readonly origin?: RunStarted['origin'];
  /** `unfinished`: it was killed. */
  readonly state: 'running' | 'done' | 'failed' | 'interrupted' | 'unfinished';
  readonly seconds: number;
  readonly executed: number;
  readonly cached: number;
  readonly failed: number;
  readonly skipped: number;
  readonly remaining: number;
}

/** Newest first. Each id sorts after all earlier ids; see `newRunId`. */
export function runIds(layout: Layout): readonly string[] {
  return (unlessAbsent(() => readdirSync(layout.runs)) ?? []).sort().reverse();
}

/** All events except the output of stages. Empty if the run has no journal. */
export function readRun(layout: Layout, run: string): readonly Event[] {
  return [...journalEvents(journalOf(layout, run))].map(({ event }) => event);
}

/** Reads a few kilobytes of a journal. A journal without an end is read completely. */
export function summarize(layout: Layout, run: string): RunSummary | undefined {
  const path = journalOf(layout, run);
  const file = unlessAbsent(() => openSync(path, 'r'));
  if (file === undefined) return undefined;
  try {
    const { size, mtimeMs } = fstatSync(file);
    const piece = (from: number): Buffer => onFile(path, () => readPiece(file, from, PIECE));
    const started = eventsOf(piece(0)).find(isStarted);
    const finished = eventsOf(piece(Math.max(0, size - PIECE))).find(isFinished);
    if (started && finished) return finishedSummary(started, finished);
    const events = readRun(layout, run);
    const [first, last] = [events.find(isStarted), events.find(isFinished)];
    if (!first) return undefined;
    if (last) return finishedSummary(first, last);
    return unfinishedSummary(first, events, mtimeMs, liveRunIds(layout).has(run));
  } finally {
    closeSync(file);
  }
}

const PIECE = 16 << 10;

function eventsOf(bytes: Buffer): readonly Event[] {
  return [...eventsIn(bytes)].map(({ event }) => event);
}

function readPiece(file: number, from: number, length: number): Buffer {
  const piece = Buffer.alloc(length);
  return piece.subarray(0, readSync(file, piece, 0, length, from));
}

function isStarted(event: Event): event is RunStarted {
  return event.type === 'run-started';
}

function isFinished(event: Event): event is RunFinished {
  return event.type === 'run-finished';
}

function finishedSummary(started: RunStarted, finished: RunFinished): RunSummary {
  const { executed, cached, failed, skipped, remaining, seconds, interrupted } = finished;
  const state = interrupted ? 'interrupted' : failed > 0 ? 'failed' : 'done';
  return {
    ...beginning(started),
    state,
    seconds,
    executed,
    cached,
    failed,
    skipped,
    remaining,
  };
}

/** The duration is that until the last line of the journal. */
function unfinishedSummary(
  started: RunStarted,
  events: readonly Event[],
  mtimeMs: number,
  live: boolean,
): RunSummary {
  const count = (type: Event['type']): number =>
    events.filter((event) => event.type === type).length;
  const executed = count('stage-finished');
  const [cached, failed] = [count('stage-cached'), count('stage-failed')];
  const skipped = count('stage-skipped');
  const { run, pending, hit } = started.plan;
  return {
    ...beginning(started),
    state: live ? 'running' : 'unfinished',
    seconds: Math.max(0, (mtimeMs - Date.parse(started.time)) / 1000),
    executed,
    cached,
    failed,
    skipped,
    remaining: Math.max(0, run + pending + hit - executed - cached - failed - skipped),
  };
}

function beginning({ run, time, name, selection, origin }: RunStarted) {
  return {
    run,
    time,
    ...(name !== undefined && { name }),
    ...(selection && { selection }),
    ...(origin && { origin }),
  };
}
