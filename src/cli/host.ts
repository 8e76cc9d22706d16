/** Everything that commands use of the process and the machine. Tests pass their own. */
import type { Writable } from 'node:stream';
import type { Result } from '../base/result.ts';
import type { ProjectFolder } from '../dvc/project-folder.ts';
import type { BadInput, Executor, OpenProject, ProjectOptions } from '../runner/index.ts';
import type { PageFiles } from '../web/server/page-files.ts';
import type { Footer } from './render/footer.ts';
import type { ImageProtocol } from './render/terminal-image.ts';

export interface Host {
  /** Node.js, the program and its arguments, as this process was started. */
  readonly command: readonly string[];
  /** The current folder. */
  readonly folder: string;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Whether the output is a terminal, whose lines can be redrawn. */
  readonly interactive: boolean;
  readonly columns: number;
  /** The lines at the bottom of the terminal. It is used only if the output is interactive. */
  readonly footer: Footer;
  /** The protocol for images in the terminal; null if it shows none. */
  readonly images: ImageProtocol | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  /** The GPUs that stages may use, by their names in CUDA_VISIBLE_DEVICES. */
  readonly gpus: () => readonly string[];
  /** The choices of `--backend` besides 'auto'. */
  readonly backends: readonly string[];
  /**
   * Returns a function that compares two files, where numbers may differ by a share of the largest one. The format
   * of a file follows from its path in the artifact.
   */
  readonly numbersWithin: (
    share: number,
  ) => (path: string, kept: string, made: string) => Promise<boolean>;
  /** Tries the backends one after the other, the preferred one first. */
  readonly examineBackends: () => AsyncIterable<BackendReport>;
  /** Installs and removes native backends. */
  readonly installer: BackendInstaller;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Aborted by the second Ctrl-C, just before this process ends. */
  readonly cancel: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Random letters, so that runs that start in the same second have different ids. */
  readonly random: () => string;
  readonly openProject: (options: ProjectOptions) => Promise<Result<OpenProject, BadInput>>;
  /** On a cluster, it runs only the stages that stay here. */
  readonly makeExecutor: (isOnCluster?: boolean) => Executor;
  /** The folder of the program's sources; undefined for an installed package. */
  readonly ownSources: string | undefined;
  /** Restarts this command with a program that is built from the current sources. */
  readonly beginAgain: () => void;
  /** The page that `pipeline ui` serves. */
  readonly page: () => PageFiles;
  /** A random token that can't be guessed. */
  readonly token: () => string;
  /** Does nothing without a browser. */
  readonly openBrowser: (address: string) => void;
  /** Reads the structure of an ONNX model, not its weights. `path` is relative to the current folder. */
  readonly describeOnnx: (path: string) => Promise<Result<ModelFacts, ModelFault>>;
  /** Why there are no images at the path. Undefined if there are some. */
  readonly faultOfImages: (path: string) => Promise<ModelFault | undefined>;
  /** The text of a file of this package. */
  readonly packageText: (path: string) => string;
  /** A folder for the importer. `path` is relative to the current folder. */
  readonly openFolder: (path: string) => ProjectFolder;
  /** Returns the error as the end of a sentence; undefined if the file was written. */
  readonly writeText: (
    path: string,
    text: string,
    over: 'nothing' | 'anything',
    mode?: number,
  ) => string | undefined;
}

/** What a pipeline for an ONNX model depends on. */
export interface ModelFacts {
  /** An extent is a name if the model leaves it open. Undefined: the model does not state its shape. */
  readonly inputs: readonly {
    readonly name: string;
    readonly shape: readonly (number | string)[] | undefined;
  }[];
  /** The files beside it with its weights. */
  readonly externalFiles: readonly string[];
}

/** Why a file can't be used as a model. `message` is a sentence about the file, "it". */
export interface ModelFault {
  readonly message: string;
  readonly advice: string;
}

/** Installs native backends for all projects of this user. */
export interface BackendInstaller {
  readonly names: readonly string[];
  /** Undefined if the backend starts here, no matter how it was installed. */
  readonly whyMissing: (
    name: string,
  ) => Promise<{ readonly reason: string; readonly canBeInstalled: boolean } | undefined>;
  /** `report` is called with a line about the current step. */
  readonly install: (
    name: string,
    report: (line: string) => void,
  ) => Promise<
    Result<
      {
        readonly version: string;
        readonly directory: string;
        readonly already: boolean;
        /** Used only if the user names it. */
        readonly byName: boolean;
      },
      { readonly message: string; readonly advice: string; readonly log: string }
    >
  >;
  /** Returns the folder that was removed; undefined if the backend was not installed. */
  readonly remove: (name: string) => Promise<string | undefined>;
}

/** The state of a backend on this machine. */
export type BackendReport =
  | {
      readonly name: string;
      readonly status: 'available';
      readonly version: string;
      readonly device: string;
      readonly threads: number;
      readonly startSeconds: number;
      /** The speed of multiplying two 1024 x 1024 matrices, in 10^9 operations per second. */
      readonly gigaflops: number;
      /** Images per second when training VGG-11 at a quarter of its width on 32x32 images. */
      readonly trainedImages: number;
      /** Used only if the user names it. */
      readonly byName?: boolean;
    }
  | {
      readonly name: string;
      /** 'unsupported': there is no library for this platform. */
      readonly status: 'absent' | 'unsupported' | 'without its binding' | 'does not start';
      readonly reason: string;
      /** How to fix it. */
      readonly advice: string;
    };

/**
 * Exit codes. `failed`: a stage or a check failed. `badInput`: nothing ran. `toRun`: a stage will or may run
 * (`plan --exit-code`).
 */
export const exitCodes = {
  done: 0,
  failed: 1,
  badInput: 2,
  toRun: 3,
  bug: 70,
  interrupted: 130,
} as const;
