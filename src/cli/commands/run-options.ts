/** What `pipeline run` was asked for, and how the engine is told. */

import type { RunSelection, Selection } from '../../runner/index.ts';
import type { SelectionOptions } from '../selection-options.ts';

export interface RunCommandOptions extends SelectionOptions {
  readonly jobs?: number;
  readonly dryRun?: boolean;
  readonly force?: true | string[];
  readonly keepGoing?: boolean;
  readonly gpus?: readonly string[];
  readonly name?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function forcedBy({ force = [] }: RunCommandOptions): Selection['forced'] {
  return force === true ? 'all' : force;
}

/** As the run's journal tells it. */
export function runSelectionOf(
  { config, set }: RunCommandOptions,
  targets: readonly string[],
): RunSelection {
  return { configs: config, settings: set, targets };
}
