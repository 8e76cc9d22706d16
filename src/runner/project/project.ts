/** What the engine is given of the outside, what a person asks of it, and what may be wrong with that. */
import type { Result } from '../../base/result.ts';
import type { Diagnostic } from '../document/diagnostic.ts';
import type { DocumentSources } from '../document/read-document.ts';
import type { SourceFile } from '../document/source.ts';
import type { StageTypes } from '../graph/stage-type.ts';
import type { StageCodes } from '../key/stage-code.ts';
import type { StageModule } from '../modules/stage-modules.ts';
import type { Layout } from '../store/layout.ts';

/** What is known of a project before its stage types are. */
export interface Site {
  /** Names this program's build; where it is left out, no run is noted to be repeated. */
  readonly program?: string;
  readonly codes: StageCodes;
  /** Facts of the machine that stage types may declare, such as the numeric backend. */
  readonly facts: Readonly<Record<string, string>>;
  readonly layout: Layout;
  /** The pipeline's folder: where the paths that it names begin. */
  readonly root: string;
  /** What `${env.NAME}` can name. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the pipeline is, or was looked for, as a person would write it. */
  readonly path: string;
  readonly readPipeline: () => SourceFile | undefined;
  readonly readConfig: DocumentSources['readConfig'];
  /** Not even a note is written that would make the next start shorter: for those who only look. */
  readonly onlyLooks?: boolean;
}

export interface Project extends Site {
  readonly types: StageTypes;
  readonly onVariable?: DocumentSources['onVariable'];
  /** A stage type of the project's own, by its path; fails with a sentence. */
  readonly loadType: (path: string) => Promise<Result<StageModule, string>>;
}

export interface Selection {
  readonly configs: readonly string[];
  readonly settings: readonly string[];
  /** Stages or instances; all where none is named. */
  readonly targets: readonly string[];
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
  /** Files that stages read and that are not there; paths begin at the pipeline's folder. */
  readonly absent?: readonly string[];
  /** The documents may be well: the store could not be read. */
  readonly unreadableStore?: true;
}

/** A fault without a place. */
export function plainly(messages: readonly string[]): BadInput {
  return { diagnostics: messages.map((message) => ({ severity: 'error', message })), sources: [] };
}
