/**
 * A stage type: its parameters, inputs and outputs, and how it runs.
 *
 * The description is small, so that a plan can be made without loading the code of the stages. `load` loads
 * that code. Only the process that runs a stage calls it.
 */
import type * as v from 'valibot';
import { ExpectedError } from '../../base/expected-error.ts';

/** What a stage needs while it runs. Not part of the key. */
export interface Resources {
  /** Cores. */
  readonly cpu?: number;
  /** A number of devices, or a fraction of one that is shared. */
  readonly gpu?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Connections. */
  readonly network?: number;
  /** Seconds that a cluster reserves for one attempt. This machine does not limit it. */
  readonly time?: number;
}

export interface InputPort {
  /** The kind of artifact, such as 'dataset' or 'model'. An output of another kind is rejected. */
  readonly kind: string;
  /** Accepts one or more artifacts; they arrive in the order of their digests. */
  readonly many?: boolean;
  readonly optional?: boolean;
}

export interface StageType {
  readonly name: string;
  readonly description: string;
  readonly parameters: v.GenericSchema;
  readonly inputs: Readonly<Record<string, InputPort>>;
  /** Port name -> kind. A reference without a port means the first. */
  readonly outputs: Readonly<Record<string, string>>;
  /**
   * The names of facts of the machine that can change the outputs, such as 'backend'. They are part of the key if the
   * pipeline has them.
   */
  readonly environment?: readonly string[];
  /** Further facts that matter only in pipelines with stages of another type, by its name. */
  readonly environmentWith?: Readonly<Record<string, readonly string[]>>;
  /** Its outputs are measurements, such as times, which differ each time. They are no less valid for that. */
  readonly varies?: boolean;
  /** The resources it needs on a machine with these facts, if its declaration has none. */
  readonly resources?: (facts: Readonly<Record<string, string>>) => Resources;
  /** Environment variables for its process, on a machine with these facts. */
  readonly variables?: (
    facts: Readonly<Record<string, string>>,
  ) => Readonly<Record<string, string>>;
  /**
   * True for commands: accepts inputs of any name and kind, places them in its folder under their names, and
   * has the outputs that its parameter `outputs` names.
   */
  readonly open?: boolean;
  /** Used in place of the digest of its code, if that code only calls something that is part of the key. */
  readonly codeName?: string;
  /** Can use more than one core. Its outputs do not depend on the number of cores. */
  readonly parallel?: boolean;
  /** The module of a project's own stage type, for the process that runs it. */
  readonly module?: string;
  load(): Promise<StageRunner<never>>;
}

/** The parts of a stage type that are needed after expansion. */
export type PlannedType = Omit<StageType, 'parameters' | 'load' | 'environmentWith'>;

/** Options of a command that are not parameters, and not part of the key. */
export interface CommandOptions {
  readonly passEnv: readonly string[];
  readonly scratch: readonly string[];
}

export interface StageRunner<P> {
  readonly run: (context: StageContext<P>) => Promise<void>;
  /** Prepares things for `run` that depend on no input. It may be called before `run`, or without a later `run`. */
  readonly prepare?: (
    context: Pick<StageContext<P>, 'fact' | 'optionalFact' | 'cores'>,
  ) => Promise<unknown>;
}

export type StageTypes = ReadonlyMap<string, StageType>;

/** Gives the parameters of `run` the output type of the schema. */
export function defineStage<S extends v.GenericSchema>(
  type: Omit<StageType, 'parameters' | 'load'> & {
    readonly parameters: S;
    load(): Promise<StageRunner<v.InferOutput<S>>>;
  },
): StageType {
  return type;
}

export interface GivenFile {
  /** The path of its bytes, for reading only. */
  readonly path: string;
  readonly size: number;
  readonly executable?: boolean;
  /** For a file of the project, which may change during the run: its stat when it was read. */
  readonly stamp?: string;
}

/** An immutable tree of files, as a running stage sees it. */
export interface InputArtifact {
  readonly files: readonly string[];
  /** Whether it is one file instead of a folder with files. */
  readonly single: boolean;
  /** The path of a file's bytes, for reading only. Throws if the artifact has no such file. */
  path(file: string): string;
  file(name: string): GivenFile;
}

/** Everything that a running stage may use. Anything that can change its outputs is here. */
export interface StageContext<P> {
  readonly parameters: P;
  /** The artifact of a port that accepts one. For an optional port, use `optionalInput`. */
  input(port: string): InputArtifact;
  optionalInput(port: string): InputArtifact | undefined;
  inputs(port: string): readonly InputArtifact[];
  /** The names of all inputs that are given. */
  readonly ports: readonly string[];
  /** An empty folder whose content becomes the output. */
  output(port: string): string;
  /** Declares that this output is one file, so that it is also one file as an input of other stages. */
  single(port: string): void;
  fact(name: string): string;
  /** Undefined if it does not matter in this pipeline. */
  optionalFact(name: string): string | undefined;
  /** An empty folder for temporary files. It is deleted when the stage ends. */
  readonly scratch: string;
  /** A folder that survives a killed attempt. The next attempt with the same key finds it unchanged. */
  readonly checkpoints: string;
  /** Cores that this stage may keep busy. */
  readonly cores: number;
  /** For a command: the options of its declaration that are not part of the key. */
  readonly commandOptions: CommandOptions;
  /** Environment variables that can be passed to a command. They are not part of the key. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  progress(update: Progress): void;
  /** Writes to the log of the stage: a line, or the unchanged bytes that a program printed. */
  log(said: string | Uint8Array): void;
  /** Adds a point to the curve of the stage, such as the loss at a step. The curve is not an output. */
  point(numbers: CurveNumbers): void;
}

/** The numbers of a point by name. */
export type CurveNumbers = Readonly<Record<string, number | undefined>> & {
  readonly step: number;
  readonly epoch?: number | undefined;
};

export interface Progress {
  /** 0 to 1, if it is known. */
  readonly fraction?: number;
  /** A few words about the current step. */
  readonly message?: string;
  readonly secondsLeft?: number;
}

/** A failure that a stage expects. It is shown with its advice and without a stack trace. */
export class StageError extends ExpectedError {
  override readonly name = 'StageError';
}
