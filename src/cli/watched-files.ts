/** What a pipeline was read from, and what its stages read: the files that a change may come from. */
import { join } from 'node:path';
import type { Host } from './host.ts';
import type { Opened } from './selection-options.ts';
import type { Watched } from './watch.ts';

/** All that was read, also where it could not be understood; and what the stages read. */
export function watchedBy(
  host: Host,
  opened: Pick<Opened, 'project' | 'prepared'> | undefined,
  /** Files that stages read and that do not exist. */
  absent: readonly string[] = [],
): Watched {
  const paths = new Set(host.filesRead);
  const stamps = new Map<string, string>();
  if (host.ownSources !== undefined) paths.add(host.ownSources);
  if (opened) {
    const { project, prepared } = opened;
    for (const { files } of prepared.plan.pipeline.stages) {
      for (const { path } of files.values()) {
        paths.add(join(project.root, path));
        const found = prepared.planContext.files.get(path);
        if (!found.ok) continue;
        for (const { path: file, stamp } of found.value.sources.values()) stamps.set(file, stamp);
      }
    }
  }
  return { paths: [...paths], stamps, absent };
}
