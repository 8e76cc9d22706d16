/** What a process needs to build stages: the store, the project's files and an executor. */
import type { Cache } from '../../cache/cache.ts';
import type { Flushes } from '../../store/flushes.ts';
import type { Layout } from '../../store/layout.ts';
import type { ObjectStore } from '../../store/object-store.ts';
import type { ProjectFiles } from '../../store/project-files.ts';
import type { Executor } from '../executor.ts';

export interface BuildContext {
  readonly layout: Layout;
  readonly cache: Cache;
  readonly store: ObjectStore;
  readonly files: ProjectFiles;
  readonly executor: Executor;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The flushes of results that took only a moment. */
  readonly flushLater: Flushes;
  /**
   * Resolves when the run is registered in the store, so that no garbage collection starts; see
   * `store/live-run.ts`.
   */
  readonly registered: () => Promise<unknown>;
}
