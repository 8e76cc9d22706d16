/** All that one run of the benchmark found out, as it goes into results.json. */
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
  /** 1,000 stages in process, the best of three. */
  readonly library: LibraryRun | undefined;
  /** The same with its files in memory, where the system has such a folder. */
  readonly libraryInMemory: LibraryRun | undefined;
  /** Milliseconds; see `disk.ts`. */
  readonly leastOfDisk: number;
  readonly largeFile: LargeFile | undefined;
  readonly scale: Scale | undefined;
}

export interface ToolResult {
  /** As the options name it. */
  readonly id: string;
  readonly name: string;
  readonly form: string;
  readonly version: string | undefined;
  readonly command: string;
  /** By the number of stages. */
  readonly sizes: Readonly<Record<string, Measured>>;
}
