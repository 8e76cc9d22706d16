/**
 * What a stage type is: its parameters, its inputs and outputs, and how it runs.
 *
 * The description is light, so that a plan can be made without loading what computes; `load` brings
 * the code that runs, and only the process that runs a stage calls it.
 */
import type * as v from 'valibot';
import { ExpectedError } from '../../base/expected-error.ts';

/** What a stage needs while it runs; nothing of it is in a key. */
export interface Resources {
  /** Cores. */
  readonly cpu?: number;
  /** Whole devices, or a part of one that it shares. */
  readonly gpu?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Connections. */
  readonly network?: number;
}

export interface InputPort {
  /** What the artifact is, such as 'dataset' or 'model'; an output of another kind does not fit. */
  readonly kind: string;
  /** Takes any number of artifacts (at least one); they arrive in the order of their digests. */
  readonly many?: boolean;
  readonly optional?: boolean;
}

export interface StageType {
  readonly name: string;
  readonly description: string;
  readonly parameters: v.GenericSchema;
  readonly inputs: Readonly<Record<string, InputPort>>;
  /** Port name to kind. The first is the one that a reference without a port means. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Facts of the machine that can change the outputs, by name: 'backend'. They are in the key. */
  readonly environment?: readonly string[];
  /** Its needs on a machine of these facts, where its declaration names none. */
  readonly resources?: (facts: Readonly<Record<string, string>>) => Resources;
  /** Variables of the environment that its process is started with, on a machine of these facts. */
  readonly variables?: (
    facts: Readonly<Record<string, string>>,
  ) => Readonly<Record<string, string>>;
  /**
   * Takes inputs of any name and kind, which lie in its folder by their names, and has the outputs that
   * its parameter `outputs` names: a command.
   */
  readonly open?: boolean;
  /** Stands for the digest of its code, where that only hands over to something that is in the key. */
  readonly codeName?: string;
  /** Can use more than one core; its outputs do not depend on how many. */
  readonly parallel?: boolean;
  /** Where a type of the project's own is loaded from, in the process that runs it. */
  readonly module?: string;
  load(): Promise<StageRunner<never>>;
}

/** Options of a command that are not in its key. */
export interface CommandOptions {
  readonly passEnv: readonly string[];
  readonly scratch: readonly string[];
}

export interface StageRunner<P> {
  readonly run: (context: StageContext<P>) => Promise<void>;
  /** Starts what `run` needs and what hangs on none of its inputs; may be called before it, and in vain. */
  readonly prepare?: (context: Pick<StageContext<P>, 'fact' | 'cores'>) => Promise<unknown>;
}

export type StageTypes = ReadonlyMap<string, StageType>;

/** Gives `run` the type of the parameters that the schema yields. */
export function defineStage<S extends v.GenericSchema>(
  type: Omit<StageType, 'parameters' | 'load'> & {
    readonly parameters: S;
    load(): Promise<StageRunner<v.InferOutput<S>>>;
  },
): StageType {
  return type;
}

export interface GivenFile {
  /** Where its bytes are, to be read only. */
  readonly path: string;
  readonly size: number;
  readonly executable?: boolean;
  /** Of a file of the project, which may change meanwhile: what a stat said when it was read. */
  readonly stamp?: string;
}

/** An immutable tree of files, as a running stage sees it. */
export interface InputArtifact {
  readonly files: readonly string[];
  /** It was made as one file, and not as a folder with files. */
  readonly single: boolean;
  /** The path of a file's bytes, to be read only. Throws where the artifact has no such file. */
  path(file: string): string;
  file(name: string): GivenFile;
}

/** All that a running stage gets, and all that it may use: whatever changes its outputs is here. */
export interface StageContext<P> {
  readonly parameters: P;
  /** The artifact of a port that takes one; undefined where it is optional and not given. */
  input(port: string): InputArtifact;
  optionalInput(port: string): InputArtifact | undefined;
  inputs(port: string): readonly InputArtifact[];
  /** The names of all inputs that are given. */
  readonly ports: readonly string[];
  /** An empty folder whose content becomes the output. */
  output(port: string): string;
  /** Says that this output is one file, and to be laid as that where it is an input. */
  single(port: string): void;
  fact(name: string): string;
  /** An empty folder for whatever it needs meanwhile; gone when it ends. */
  readonly scratch: string;
  /** A folder that outlives a killed attempt: a later one at the same key finds it as it was. */
  readonly checkpoints: string;
  /** Cores that this stage may keep busy. */
  readonly cores: number;
  /** For a command: options of its declaration that are not in the key. */
  readonly commandOptions: CommandOptions;
  /** Variables that a command may be handed; they are in no key. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  progress(update: Progress): void;
  /** A line, or the bytes that a program printed, which go to the stage's log as they are. */
  log(said: string | Uint8Array): void;
}

export interface Progress {
  /** 0 to 1, where it is known. */
  readonly fraction?: number;
  /** A few words: what is happening now. */
  readonly message?: string;
  readonly secondsLeft?: number;
}

/** A failure that a stage foresaw: it is shown with its advice and without a stack. */
export class StageError extends ExpectedError {
  override readonly name = 'StageError';
}
