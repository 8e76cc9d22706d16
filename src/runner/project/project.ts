/** What the engine is given of the outside, what a person asks of it, and what may be wrong with that. */
import type { Result } from '../../base/result.ts';
import type { Cache } from '../cache/cache.ts';
import type { Diagnostic } from '../document/diagnostic.ts';
import type { SourceFile, Spanned } from '../document/source.ts';
import type { StageTypes } from '../graph/stage-type.ts';
import type { StageModule } from '../modules/stage-modules.ts';
import type { Facts, Request, Surroundings } from '../state/reads.ts';
import type { Layout } from '../store/layout.ts';

/**
 * `program` names this program's build; without it, no plan is kept for the next run. `environment` is what
 * `${env.NAME}` can name.
 */
export interface Project extends Surroundings {
  readonly layout: Layout;
  /** The facts of the machine for a plan. Called up to three times per plan: what is known of the results grows. */
  readonly chooseFacts: (known: KnownFacts) => Promise<Result<ChosenFacts, Diagnostic>>;
  /** The pipeline's folder: where the paths that it names begin. */
  readonly root: string;
  /** Where the pipeline is, or was looked for, as a person would write it. */
  readonly path: string;
  /** It writes nothing, not even what would make the next start shorter. */
  readonly onlyLooks?: boolean;
  /** May replace the local store as the cache of results, or put another cache behind it. */
  readonly cacheOf?: (local: Cache) => Cache;
  /** They take a while to load. They are asked for only when documents are expanded. */
  readonly stageTypes: () => Promise<StageTypes>;
  /** A stage type of the project's own, by its path; fails with a sentence. */
  readonly loadType: (path: string) => Promise<Result<StageModule, string>>;
}

export interface KnownFacts {
  /** The backend that the documents name. */
  readonly backend?: Spanned<string> | undefined;
  /** Those that the results were made with: those of this plan, else most of the newest ones. */
  readonly kept?: Facts | undefined;
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
  /** The pipeline's file; by default it is looked for in this folder and above it. */
  readonly file?: string | undefined;
  /** What computes: 'auto', or the name of a backend. */
  readonly backend?: string;
}

export interface OpenProject {
  readonly project: Project;
  /** The artifacts folder as a person here would write it. */
  readonly artifacts: string;
}

/** `targets` are stages or instances; all if none is named. */
export interface Selection extends Omit<Request, 'facts'> {
  /** Stages to run although they are up to date. */
  readonly forced: readonly string[] | 'all';
  /** Take outputs from pipeline.lock, whatever code and backend there are today. */
  readonly locked?: boolean;
  /** Take outputs that differ in the facts of the machine alone. */
  readonly reuseAcrossBackends?: boolean;
}

export interface BadInput {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceFile[];
  /** Files that stages read and that do not exist; paths begin at the pipeline's folder. */
  readonly absent?: readonly string[];
  /** The whole paths of the documents and sources that were read or looked for. */
  readonly read?: readonly string[];
  /** The documents may be well: the store could not be read. */
  readonly unreadableStore?: true;
}

/** A fault without a place. */
export function plainly(messages: readonly string[]): BadInput {
  return { diagnostics: messages.map((message) => ({ severity: 'error', message })), sources: [] };
}
