/** Where the newest results of all editions show a result. */
import { basename, join } from 'node:path';
import { stageOfInstance } from '../../base/stage-name.ts';
import { folderOf } from '../execution/newest-results.ts';
import { axesOfInstance } from '../graph/instance-axes.ts';
import { LastResults } from '../state/last-results.ts';
import type { ActionRecord } from '../store/action-cache.ts';
import { editionsIn } from '../store/editions.ts';
import { isNoteOf, readNote } from '../store/latest-note.ts';
import type { Layout } from '../store/layout.ts';

/** Folders relative to the artifacts folder. `main` is the layout of the main edition. */
export function newestFolders(
  { key, outputs }: Pick<ActionRecord, 'key' | 'outputs'>,
  main: Layout,
): readonly string[] {
  return editionsIn(main).flatMap((edition) => {
    const shown = [...new LastResults(edition).all()].filter((entry) => entry.key === key);
    return shown.flatMap(({ stage }) => {
      const folder = folderOf({ name: stageOfInstance(stage), axes: axesOfInstance(stage) });
      const isThere = isNoteOf(readNote(join(edition.latest, folder)), outputs);
      return isThere ? [join(basename(edition.latest), folder)] : [];
    });
  });
}
