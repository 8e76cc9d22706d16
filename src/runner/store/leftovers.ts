/**
 * Finds what killed processes and past repairs left behind: unused checkpoints, temporary files,
 * damaged files that were kept for inspection, and derived files of results that are gone.
 */
import { join } from 'node:path';
import { hasEnded, isKnowable, makerOf } from '../../base/maker.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { editionsIn } from './editions.ts';
import { bytesOf, entriesOf, lastChange } from './inventory.ts';
import { isStateOfEdition, type Layout } from './layout.ts';
import { abandonedMarkers } from './live-run.ts';

/** Jobs of a cluster that have not begun for so long never will. */
const LONGEST_WAIT_MS = 30 * 24 * 3600 * 1000;

export interface Leftover {
  readonly kind: 'checkpoint' | 'temporary' | 'damaged' | 'lock' | 'short cut';
  readonly path: string;
  readonly bytes: number;
}

/**
 * `isDone` says whether a key has a result, so that its checkpoints are no longer needed. The
 * checkpoints of `wanted` keys are kept, because their next attempt continues from them. Other
 * checkpoints and all damaged files are kept if they changed after `keepSince`.
 */
export function leftovers(
  layout: Layout,
  isDone: (key: StageKey) => boolean,
  keepSince: number,
  wanted: { has(key: StageKey): boolean },
): readonly Leftover[] {
  const isOld = (path: string): boolean => lastChange(path) < keepSince;
  const inside = (folder: string): { name: string; path: string }[] =>
    entriesOf(folder).map(({ name }) => ({ name, path: join(folder, name) }));
  const checkpoints = inside(layout.allCheckpoints).filter(
    ({ name, path }) => isDone(name as StageKey) || (!wanted.has(name as StageKey) && isOld(path)),
  );
  // For a process on another machine, only the age of the file is known.
  const temporary = [...inside(layout.workspaces), ...inside(layout.temporary)].filter(
    ({ name, path }) => {
      const maker = makerOf(name);
      return maker && isKnowable(maker) ? hasEnded(maker) : isOld(path);
    },
  );
  const isForgotten = (path: string): boolean => lastChange(path) < keepSince - LONGEST_WAIT_MS;
  temporary.push(...inside(layout.orders).filter(({ path }) => isForgotten(path)));
  const damaged = inside(layout.corrupt).filter(({ path }) => isOld(path));
  const known = new Set(editionsIn(layout).flatMap((edition) => edition.stateOfEdition));
  const shortCuts = [
    ...inside(layout.allEnvironmentVariants)
      .flatMap(({ path }) => inside(path))
      .flatMap(({ path }) => inside(path))
      .filter(({ name }) => !isDone(name as StageKey)),
    ...inside(layout.stageModules).filter(({ path }) => isOld(path)),
    ...inside(layout.state).filter(({ name, path }) => isStateOfEdition(name) && !known.has(path)),
  ];
  const of = (kind: Leftover['kind'], found: readonly { readonly path: string }[]): Leftover[] =>
    found.map(({ path }) => ({ kind, path, bytes: bytesOf(path) }));
  return [
    ...of('checkpoint', checkpoints),
    ...of('temporary', temporary),
    ...of('damaged', damaged),
    ...of('short cut', shortCuts),
    ...of(
      'lock',
      abandonedMarkers(layout).map((path) => ({ path })),
    ),
  ];
}
