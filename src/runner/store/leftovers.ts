/**
 * What killed processes and past repairs left beside the results: checkpoints that nobody will go on
 * from, temporary files, damaged files that were kept for a look, and short cuts to what is gone.
 */
import { join } from 'node:path';
import { hasEnded, isKnowable, makerOf } from '../../base/maker.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { bytesOf, entriesOf, lastChange } from './inventory.ts';
import type { Layout } from './layout.ts';
import { deadSigns } from './live-run.ts';

export interface Leftover {
  readonly kind: 'checkpoint' | 'temporary' | 'damaged' | 'lock' | 'short cut';
  readonly path: string;
  readonly bytes: number;
}

/**
 * `isDone` says whether a key has a result: its checkpoints are of no use then. Those of a key that is
 * `wanted` stay, since its next attempt goes on from them. Other checkpoints, and all damaged files, stay
 * while they were changed since `keepSince`.
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
  // Whether a process elsewhere has ended is not known: then age has to do.
  const temporary = [...inside(layout.workspaces), ...inside(layout.temporary)].filter(
    ({ name, path }) => {
      const maker = makerOf(name);
      return maker && isKnowable(maker) ? hasEnded(maker) : isOld(path);
    },
  );
  const damaged = inside(layout.corrupt).filter(({ path }) => isOld(path));
  const shortCuts = [
    ...inside(layout.allAlike)
      .flatMap(({ path }) => inside(path))
      .flatMap(({ path }) => inside(path))
      .filter(({ name }) => !isDone(name as StageKey)),
    ...inside(layout.stageModules).filter(({ path }) => isOld(path)),
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
      deadSigns(layout).map((path) => ({ path })),
    ),
  ];
}
