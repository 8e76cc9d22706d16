/**
 * A run with nothing to do, taken as a whole: where all that the last run hung on is as it was and all
 * that it left is still there, it is over without a pipeline being read.
 *
 * It tells what a run tells that decides stage by stage, in the same order. Where anything differs it
 * does nothing, and that run is for the caller to begin.
 */
import type { RunFinished } from '../execution/event.ts';
import { folderOf } from '../execution/newest-results.ts';
import { endsOf } from '../graph/ends.ts';
import type { Pipeline } from '../graph/pipeline.ts';
import { readIdleFile, writeIdleFile } from '../store/idle-file.ts';
import type { LatestIndex } from '../store/latest-index.ts';
import type { Layout } from '../store/layout.ts';
import { showLiveNow } from '../store/live-run.ts';
import { ProjectFiles } from '../store/project-files.ts';
import { noteResults, type StandingResults, stillStand } from '../store/standing-results.ts';
import { StatCache } from '../store/stat-cache.ts';
import { areSameFiles, type Basis, isSameAsked } from './basis.ts';
import type { Selection, Site } from './project.ts';
import { type Asked, Telling } from './telling.ts';

interface IdleHead {
  readonly record: typeof RECORD;
  readonly basis: Basis;
  readonly results: StandingResults;
  readonly stages: number;
  readonly ends: readonly string[];
}

const RECORD = 'idle/1';

/** After a run in which nothing failed and nothing was left out. */
export function noteForNextRun(
  layout: Layout,
  pipeline: Pipeline,
  latest: LatestIndex,
  basis: Basis,
): void {
  const { stages } = pipeline;
  const shown = stages.map((stage) => ({ id: stage.id, folder: folderOf(stage) }));
  const results = noteResults(shown, latest);
  if (!results) return;
  const lines = stages.map(({ id }) => {
    const { key, outputs } = latest.get(id)!;
    return `${JSON.stringify({ type: 'stage-cached', stage: id, key, outputs })}\n`;
  });
  const about = { stages: stages.length, ends: endsOf(pipeline) };
  const head: IdleHead = { record: RECORD, basis, results, ...about };
  writeIdleFile(layout, { head, lines: lines.join('') });
}

export interface IdleRequest extends Asked {
  readonly jobs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The events of all stages at once, a line of JSON each; `emit` is told of the others. */
  readonly onLines: (lines: string) => void;
}

export interface IdleRun {
  /** The names of the stages whose outputs nothing else takes. */
  readonly ends: readonly string[];
  readonly stages: number;
  /** Tells of it, and ends it. */
  finish(request: IdleRequest): RunFinished;
}

/** Undefined where there may be something to do. What is found has to be finished at once. */
export function findIdleRun(
  site: Site,
  selection: Selection,
  run: string,
  now: () => number,
): IdleRun | undefined {
  const { layout } = site;
  const started = now();
  const { locked, reuseAcrossBackends, forced } = selection;
  if (site.program === undefined || locked || reuseAcrossBackends || forced.length > 0) {
    return undefined;
  }
  const file = readIdleFile(layout);
  const head = file?.head as IdleHead | undefined;
  if (!file || head?.record !== RECORD || !isSameAsked(head.basis, site, selection)) {
    return undefined;
  }
  const stats = new StatCache(layout);
  if (!areSameFiles(head.basis, new ProjectFiles(site.root, layout.root, stats))) return undefined;
  stats.save();
  const release = beLive(layout, run);
  if (!release) return undefined;
  if (!stillStand(head.results, layout)) {
    release();
    return undefined;
  }
  const { stages, ends } = head;
  const finish = (request: IdleRequest): RunFinished => {
    const telling = new Telling(layout, request);
    try {
      const plan = { run: 0, pending: 0, hit: stages };
      const time = new Date(started).toISOString();
      const { jobs } = request;
      telling.tell({ type: 'run-started', run, time, plan, jobs, facts: site.facts });
      telling.noteLines(file.lines);
      request.onLines(file.lines);
      const finished: RunFinished = {
        type: 'run-finished',
        run,
        executed: 0,
        cached: stages,
        failed: 0,
        skipped: 0,
        remaining: 0,
        seconds: (now() - started) / 1000,
        interrupted: false,
      };
      telling.tell(finished);
      return finished;
    } finally {
      telling.close();
      release();
    }
  };
  return { ends, stages, finish };
}

/** Undefined where no marker can be put up now: the run that decides stage by stage tells of it. */
function beLive(layout: Layout, run: string): (() => void) | undefined {
  try {
    return showLiveNow(layout, `run ${run}`);
  } catch {
    return undefined;
  }
}
