/**
 * Which stages stand as they are, by the note of an earlier run: where all that a stage's decision hung
 * on is as it was and all that it left is still there, it is up to date without a pipeline being read.
 *
 * A change of a project's file leaves open what it can reach; any other change leaves all open.
 */
import { reachOf } from '../graph/reach.ts';
import { stagesAfter } from '../store/latest-index.ts';
import type { Layout } from '../store/layout.ts';
import { showLiveNow } from '../store/live-run.ts';
import { ProjectFiles } from '../store/project-files.ts';
import { unlessRefused } from '../store/short-cut.ts';
import { stillStand } from '../store/standing-results.ts';
import { StatCache } from '../store/stat-cache.ts';
import { type Basis, isSameAsked, withFilesOfNow } from './basis.ts';
import type { Selection, Site } from './project.ts';
import { readNote, type StandingNote } from './standing-note.ts';

export interface Standing {
  readonly note: StandingNote;
  /** What decisions hang on now. */
  readonly basis: Basis;
  /** The project's files as they were found, and by what. */
  readonly files: ProjectFiles;
  readonly stats: StatCache;
  /** Stages to be decided, and all that they hang on: id -> place in the pipeline's order. */
  readonly open: ReadonlyMap<string, number>;
  /** How many stand. */
  readonly count: number;
  /** The events of those. */
  readonly lines: string;
  /** Takes away the marker that keeps a collection of garbage from what was found. */
  readonly release: () => void;
}

/** Of this part of a pipeline the whole is decided as quickly. */
const MOST_OPEN = 0.5;

/** Undefined where none is known to stand. What is found has to be released. */
export function findStanding(site: Site, selection: Selection, run: string): Standing | undefined {
  const { layout } = site;
  const { locked, reuseAcrossBackends, forced } = selection;
  if (site.program === undefined || locked || reuseAcrossBackends || forced.length > 0) {
    return undefined;
  }
  const note = readNote(layout);
  if (!note || !isSameAsked(note.basis, site, selection)) return undefined;
  const stats = new StatCache(layout);
  const files = new ProjectFiles(site.root, layout.root, stats);
  const basis = withFilesOfNow(note.basis, files);
  if (!basis) return undefined;
  stats.save();
  const release = beLive(layout, run);
  if (!release) return undefined;
  const rest = openAndLines(note, basis, selection, layout);
  if (rest) return { note, basis, files, stats, ...rest, release };
  release();
  return undefined;
}

/** A store that can't be read is reported by the code that decides stage by stage. */
function doesStand(...asked: Parameters<typeof stillStand>): boolean {
  return unlessRefused(() => stillStand(...asked)) ?? false;
}

function openAndLines(
  note: StandingNote,
  { files }: Basis,
  { targets }: Selection,
  layout: Layout,
): Pick<Standing, 'open' | 'count' | 'lines'> | undefined {
  const { results, lines } = note;
  const newer = stagesAfter(results.index, layout);
  if (!newer) return undefined;
  const changed = Object.keys(files).filter((path) => files[path] !== note.basis.files[path]);
  const total = results.shown.length;
  if (changed.length === 0 && newer.length === 0) {
    return doesStand(results, new Set(), layout)
      ? { open: new Map(), count: total, lines }
      : undefined;
  }
  // A target is looked for among all stages.
  if (targets.length > 0) return undefined;
  const wiring = note.wiring();
  const newest = new Set(newer);
  const seeds = changed.flatMap((path) => wiring.readers[path] ?? []);
  for (const [number, id] of wiring.ids.entries()) if (newest.has(id)) seeds.push(number);
  const reached = reachOf(wiring, seeds);
  if (reached.size > MOST_OPEN * total || !doesStand(results, reached, layout)) return undefined;
  const standing = lines.split('\n').filter((_, number) => !reached.has(number));
  const open = new Map([...reached].map((number) => [wiring.ids[number]!, number]));
  return { open, count: total - open.size, lines: standing.join('\n') };
}

/** Undefined where no marker can be put up now: the run that decides stage by stage tells of it. */
function beLive(layout: Layout, run: string): (() => void) | undefined {
  return unlessRefused(() => showLiveNow(layout, `run ${run}`));
}
