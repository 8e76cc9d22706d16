/**
 * What a stage type is: its parameters, its inputs and outputs, and how it runs.
 *
 * The description is light, so that a plan can be made without loading what computes; `load` brings
 * the code that runs, and only the process that runs a stage calls it.
 */
import type * as v from 'valibot';

/** What limits how many stages run together: cores, or connections. */
export type ResourceClass = 'cpu' | 'network';

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
  readonly resource: ResourceClass;
  /** Can use more than one core; its outputs do not depend on how many. */
  readonly parallel?: boolean;
  load(): Promise<StageRunner<never>>;
}

export interface StageRunner<P> {
  readonly run: (context: StageContext<P>) => Promise<void>;
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

/** An immutable tree of files, as a running stage sees it. */
export interface InputArtifact {
  readonly files: readonly string[];
  /** The path of a file's bytes, to be read only. Throws where the artifact has no such file. */
  path(file: string): string;
}

/** All that a running stage gets, and all that it may use: whatever changes its outputs is here. */
export interface StageContext<P> {
  readonly parameters: P;
  /** The artifact of a port that takes one; undefined where it is optional and not given. */
  input(port: string): InputArtifact;
  optionalInput(port: string): InputArtifact | undefined;
  inputs(port: string): readonly InputArtifact[];
  /** An empty folder whose content becomes the output. */
  output(port: string): string;
  fact(name: string): string;
  /** A folder that outlives a killed attempt: a later one at the same key finds it as it was. */
  readonly checkpoints: string;
  /** Cores that this stage may keep busy. */
  readonly cores: number;
  readonly signal: AbortSignal;
  progress(update: Progress): void;
  log(message: string): void;
}

export interface Progress {
  /** 0 to 1, where it is known. */
  readonly fraction?: number;
  /** A few words: what is happening now. */
  readonly message?: string;
  readonly secondsLeft?: number;
}

/** A failure that a stage foresaw: it is shown with its advice and without a stack. */
export class StageError extends Error {
  readonly advice: string | undefined;

  constructor(message: string, advice?: string) {
    super(message);
    this.name = 'StageError';
    this.advice = advice;
  }
}
