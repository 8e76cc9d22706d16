/** The files from which a plan was made. A change of one of them can change the plan. */
import { join } from 'node:path';
import type { BadInput, Prepared } from '../runner/index.ts';
import type { Host } from './host.ts';
import type { Watched } from './watch.ts';

/** Includes the files that a failed plan read. `root` is the folder of the pipeline. */
export function watchedBy({ ownSources }: Host, root: string, read: Prepared | BadInput): Watched {
  const paths = [...(read.read ?? []), ...(ownSources === undefined ? [] : [ownSources])];
  if (!('plan' in read)) {
    return { paths, absent: (read.absent ?? []).map((path) => join(root, path)) };
  }
  const stamps = new Map<string, string>();
  for (const path of read.files) {
    paths.push(join(root, path));
    const found = read.planContext.files.get(path);
    if (!found.ok) continue;
    for (const { path: file, stamp } of found.value.sources.values()) stamps.set(file, stamp);
  }
  return { paths, stamps };
}
