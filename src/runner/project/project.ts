/** The input of the engine: a project, the user's selection, and the possible errors in them. */
import type { Result } from '../../base/result.ts';
import type { Cache } from '../cache/cache.ts';
import type { RemoteSource } from '../cache/remote-cache.ts';
import type { Diagnostic } from '../document/diagnostic.ts';
import type { SourceFile, Spanned } from '../document/source.ts';
import type { Origin } from '../execution/event.ts';
import type { NodeProgram } from '../execution/slurm/submit.ts';
import type { StageTypes } from '../graph/stage-type.ts';
import type { StageModule } from '../modules/stage-modules.ts';
import type { Facts, PlanSources, Request } from '../state/reads.ts';
import type { Layout } from '../store/layout.ts';

/**
 * `program` identifies the build of the program. Without it, no plan is stored for the next run.
 * `environment` has the values of `${env.NAME}`.
 */
export interface Project extends PlanSources {
  readonly layout: Layout;
  /**
   * Called once per plan. The returned function may keep what it finds out about the machine, because it is used for
   * this plan only.
   */
  readonly chooseFacts: () => ChooseFacts;
  /** The folder of the pipeline. Paths in the pipeline are relative to it. */
  readonly root: string;
  /** The path of the pipeline, as a user would write it. It may not exist. */
  readonly path: string;
  /** Writes nothing, not even files that would make the next start faster. */
  readonly readOnly?: boolean;
  /** How a node of a cluster starts this program. Undefined if it can't. */
  readonly nodeProgram?: NodeProgram;
  /** A cache behind the local store. */
  readonly remote?: RemoteSource;
  /** May replace the local store as the cache of results. */
  readonly cacheOf?: (local: Cache) => Cache;
  /** Loading them takes a while, so they are loaded only when documents are expanded. */
  readonly stageTypes: () => Promise<StageTypes>;
  /**
   * The program and the commit, for the journal of a run. `whole`: there is time to find out whether files differ from
   * the commit, because the run is not up to date.
   */
  readonly origin?: (whole: boolean) => Promise<Origin>;
  /** Loads a stage type of the project by its path. Fails with a sentence. */
  readonly loadType: (path: string) => Promise<Result<StageModule, string>>;
}

/**
 * Chooses the facts of the machine for a plan. Called up to three times per plan, as more becomes known about the
 * results.
 */
export type ChooseFacts = (known: KnownFacts) => Promise<Result<ChosenFacts, Diagnostic>>;

export interface KnownFacts {
  /** The backend that the documents name. */
  readonly backend?: Spanned<string> | undefined;
  /** The names of the facts that stage types of the pipeline declare. */
  readonly names?: readonly string[];
  /** Those that the results were made with: those of this plan, else most of the newest ones. */
  readonly kept?: Facts | undefined;
  /** Those of most of the newest results, if `kept` are those of this plan. */
  readonly newest?: Facts | undefined;
}

export interface ChosenFacts {
  readonly facts: Facts;
  /** Lines about the machine that the user should see, such as the backend and why it was chosen. */
  readonly notes: readonly string[];
  /** Whether an option or a document names the backend. */
  readonly isNamed: boolean;
  /** Whether a faster backend starts, and is not used because the results were made with this one. */
  readonly isSlower?: boolean;
}

export interface ProjectOptions {
  /** The file of the pipeline. By default it is looked for in this folder and its parents. */
  readonly file?: string | undefined;
  /** 'auto', or the name of a backend. */
  readonly backend?: string;
  /** How the remote cache is used, if the project has one. By default results are only read. */
  readonly cache?: CacheMode;
}

export type CacheMode = 'off' | 'read' | 'write';

export interface OpenProject {
  readonly project: Project;
  /** The artifacts folder, as a user would write it. */
  readonly artifacts: string;
}

/** `targets` are stages or instances; all if none is named. */
export interface Selection extends Omit<Request, 'facts'> {
  /** Stages to run even if they are up to date. */
  readonly forced: readonly string[] | 'all';
  /** Use the outputs in pipeline.lock, even if code or backend differ today. */
  readonly locked?: boolean;
  /**
   * Use outputs that differ only in the facts of the machine. Undefined if the user has no such
   * option.
   */
  readonly reuseAcrossBackends?: boolean;
}

export interface BadInput {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceFile[];
  /** Files that stages read and that do not exist, relative to the folder of the pipeline. */
  readonly absent?: readonly string[];
  /** The absolute paths of the documents and sources that were read or looked for. */
  readonly read?: readonly string[];
  /** The store could not be read, so the documents may be valid. */
  readonly unreadableStore?: true;
}

/** An error without a place in a document. */
export function badInput(messages: readonly string[]): BadInput {
  return { diagnostics: messages.map((message) => ({ severity: 'error', message })), sources: [] };
}
