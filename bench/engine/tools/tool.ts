/** A tool of the benchmark: how the DAG is written for it, and how it is started. */
import type { Dag } from '../dag.ts';

export interface Tool {
  readonly name: string;
  /** The form in which it gets the DAG, in a few words. */
  readonly form: string;
  /** The version that it reports. Undefined if it is not installed. */
  version(): string | undefined;
  /** Writes all that the tool reads into `folder`. The sources already exist. */
  generate(folder: string, dag: Dag): void;
  /** Brings everything up to date. */
  command(folder: string): Command;
  /** The path of a link's output after a run. */
  outputOf(folder: string, chain: number, at: number): string;
  /** Writes a finished state instead of running, for this number of stages or more, or if the run was too late. */
  readonly importState?: {
    readonly from: number;
    /** For the table. */
    readonly what: string;
    write(folder: string, dag: Dag): void;
  };
}

export interface Command {
  readonly words: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Places {
  /** `main.js` of this project, built. */
  readonly program: string;
  /** A virtual environment with dvc and snakemake. */
  readonly venv: string | undefined;
  /** The folder where wireit is installed. */
  readonly wireit: string;
  readonly jobs: number;
}
