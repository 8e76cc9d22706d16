/** What the commands are given of the outside: the edge of the process makes it, tests make their own. */
import type { Writable } from 'node:stream';
import type { Result } from '../base/result.ts';
import type { ProjectFolder } from '../dvc/project-folder.ts';
import type { BadInput, Executor, OpenProject, ProjectOptions } from '../runner/index.ts';
import type { PageFiles } from '../web/server/page-files.ts';
import type { ImageProtocol } from './render/terminal-image.ts';

export interface Host {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Whether a person watches a terminal that can redraw lines. */
  readonly interactive: boolean;
  readonly columns: number;
  /** How images are shown among the text; null where they are not. */
  readonly images: ImageProtocol | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  /** The GPUs that stages may be given, by the names that CUDA_VISIBLE_DEVICES takes. */
  readonly gpus: () => readonly string[];
  /** What `--backend` can name, besides 'auto'. */
  readonly backends: readonly string[];
  /**
   * Whether two files hold the same but for numbers that are within a share of the largest; by the
   * path that they have in their artifact.
   */
  readonly numbersWithin: (
    share: number,
  ) => (path: string, kept: string, made: string) => Promise<boolean>;
  /** Tries one after the other, the preferred first. */
  readonly examineBackends: () => AsyncIterable<BackendReport>;
  /** What can be installed and removed. */
  readonly installer: BackendInstaller;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A few letters that no other run of this second has. */
  readonly random: () => string;
  readonly openProject: (options: ProjectOptions) => Promise<Result<OpenProject, BadInput>>;
  readonly makeExecutor: () => Executor;
  /** The program's own sources, where it runs beside them. */
  readonly ownSources: string | undefined;
  /** Asks for this command to be started anew, by the program as its sources are then. */
  readonly beginAgain: () => void;
  /** The page that `pipeline ui` serves. */
  readonly page: () => PageFiles;
  /** What nobody can guess. */
  readonly token: () => string;
  /** Does nothing where there is no browser. The returned function removes the file that was made for it. */
  readonly openBrowser: (address: string) => () => void;
  /** A folder for the importer to look into; `path` is where the person is. */
  readonly openFolder: (path: string) => ProjectFolder;
  /** What went wrong, as the end of a sentence; undefined where it is written. */
  readonly writeText: (
    path: string,
    text: string,
    over: 'nothing' | 'anything',
  ) => string | undefined;
}

/** Puts native backends where every project of this person finds them. */
export interface BackendInstaller {
  readonly names: readonly string[];
  /** `tell` gets a line about what is done now. */
  readonly install: (
    name: string,
    tell: (line: string) => void,
  ) => Promise<
    Result<
      {
        readonly version: string;
        readonly directory: string;
        readonly already: boolean;
        /** Taken only where a person names it. */
        readonly byName: boolean;
      },
      { readonly message: string; readonly advice: string; readonly log: string }
    >
  >;
  /** The folder that was removed; undefined where there was none. */
  readonly remove: (name: string) => Promise<string | undefined>;
}

/** What a backend is on this machine. */
export type BackendReport =
  | {
      readonly name: string;
      readonly status: 'available';
      readonly version: string;
      readonly device: string;
      readonly threads: number;
      readonly startSeconds: number;
      /** Of products of two 1024 x 1024 matrices, 10^9 operations a second. */
      readonly gigaflops: number;
      /** Images a second in training VGG-11 at a quarter of its width on 32x32 images. */
      readonly trainedImages: number;
      /** Taken only where a person names it. */
      readonly byName?: boolean;
    }
  | {
      readonly name: string;
      readonly status: 'absent' | 'without its binding' | 'does not start';
      readonly reason: string;
      /** What to do about it. */
      readonly advice: string;
    };

/**
 * Exit codes: done; a stage failed, or something is not as it was asked to be; bad input (nothing ran);
 * there is something to run (`plan --exit-code`); a bug in the program; interrupted.
 */
export const exitCodes = {
  done: 0,
  failed: 1,
  badInput: 2,
  toRun: 3,
  bug: 70,
  interrupted: 130,
} as const;
