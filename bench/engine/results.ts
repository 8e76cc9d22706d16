/** The results of one run of the benchmark, as they are written to results.json. */
import type { LargeFile } from './large-file.ts';
import type { LibraryRun } from './library.ts';
import type { Machine } from './machine.ts';
import type { Measured } from './measure.ts';
import type { Scale } from './scale.ts';

export interface Results {
  readonly time: string;
  readonly machine: Machine;
  readonly jobs: number;
  readonly samples: number;
  readonly tools: readonly ToolResult[];
  /** 1,000 stages in the same process, the best of three. */
  readonly library: LibraryRun | undefined;
  /** The same with files in memory, if the system has such a folder. */
  readonly libraryInMemory: LibraryRun | undefined;
  /** Milliseconds; see `disk.ts`. */
  readonly leastOfDisk: number;
  readonly largeFile: LargeFile | undefined;
  readonly scale: Scale | undefined;
}

export interface ToolResult {
  /** As in the options. */
  readonly id: string;
  readonly name: string;
  readonly form: string;
  readonly version: string | undefined;
  readonly command: string;
  /** By the number of stages. */
  readonly sizes: Readonly<Record<string, Measured>>;
}
