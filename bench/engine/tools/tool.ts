/** What the benchmark has to know of a tool: how the DAG is written for it, and how it is started. */
import type { Dag } from '../dag.ts';

export interface Tool {
  readonly name: string;
  /** In which form it is given the DAG, in a few words. */
  readonly form: string;
  /** As it says itself; undefined where it is not there. */
  version(): string | undefined;
  /** Writes all that the tool reads into `folder`; the sources are there. */
  generate(folder: string, dag: Dag): void;
  /** Brings everything up to date. */
  command(folder: string): Command;
  /** Where the output of a link lies after a run. */
  outputOf(folder: string, chain: number, at: number): string;
  /** A finished state that is written, where so many stages are not run, or running them was too late. */
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
