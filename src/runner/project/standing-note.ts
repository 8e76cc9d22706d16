/**
 * The note of a run that ended with everything up to date: what its decisions hung on, what has to be on
 * the disk, and what it told of each stage.
 */
import { folderOf } from '../execution/newest-results.ts';
import { endsOf } from '../graph/ends.ts';
import type { Pipeline, Stage } from '../graph/pipeline.ts';
import { type Wiring, wiringOf } from '../graph/reach.ts';
import { readIdleFile, writeIdleFile } from '../store/idle-file.ts';
import type { LatestIndex } from '../store/latest-index.ts';
import type { Layout } from '../store/layout.ts';
import {
  type KnownResults,
  noteResults,
  type ShownStage,
  type StandingResults,
} from '../store/standing-results.ts';
import type { Basis } from './basis.ts';

export interface StandingNote {
  readonly basis: Basis;
  readonly results: StandingResults;
  /** The names of the stages whose outputs nothing else takes. */
  readonly ends: readonly string[];
  /** Parsed where it is asked for. */
  readonly wiring: () => Wiring;
  /** An event a stage, in the pipeline's order, a line of JSON each. */
  readonly lines: string;
}

type Head = Pick<StandingNote, 'basis' | 'results' | 'ends'> & { readonly record: typeof RECORD };

const RECORD = 'idle/3';

export function readNote(layout: Layout): StandingNote | undefined {
  const file = readIdleFile(layout);
  const head = file?.head as Head | undefined;
  if (!file || head?.record !== RECORD) return undefined;
  const wiring = (): Wiring => JSON.parse(file.details) as Wiring;
  return { ...head, wiring, lines: file.lines };
}

/** After a run of the whole pipeline in which nothing failed and nothing was left out. */
export function writeNote(
  layout: Layout,
  pipeline: Pipeline,
  known: KnownResults,
  basis: Basis,
): void {
  const { stages } = pipeline;
  const shown = new Map(stages.map((stage, number) => [number, shownOf(stage)]));
  const results = noteResults(shown, known, layout);
  if (!results) return;
  const lines = stages.map((stage) => `${lineOf(stage, known.latest)}\n`).join('');
  const head: Head = { record: RECORD, basis, results, ends: endsOf(pipeline) };
  writeIdleFile(layout, { head, details: JSON.stringify(wiringOf(pipeline)), lines });
}

/** The same after a run of some of its stages, while the others stood as they were; `open`: their numbers. */
export function renewNote(
  layout: Layout,
  note: StandingNote,
  { stages }: Pipeline,
  open: ReadonlyMap<string, number>,
  known: KnownResults,
  basis: Basis,
): void {
  const shown = new Map(stages.map((stage) => [open.get(stage.id)!, shownOf(stage)]));
  const results = noteResults(shown, known, layout, note.results);
  if (!results) return;
  const lines = note.lines.split('\n');
  for (const stage of stages) lines[open.get(stage.id)!] = lineOf(stage, known.latest);
  const head: Head = { record: RECORD, basis, results, ends: note.ends };
  const details = JSON.stringify(note.wiring());
  writeIdleFile(layout, { head, details, lines: lines.join('\n') });
}

function shownOf(stage: Stage): ShownStage {
  return { id: stage.id, folder: folderOf(stage) };
}

function lineOf({ id }: Stage, latest: LatestIndex): string {
  const { key, outputs } = latest.get(id)!;
  return JSON.stringify({ type: 'stage-cached', stage: id, key, outputs });
}
