/** The options of `pipeline run`, and what the engine gets of them. */

import { basename } from 'node:path';
import type { Fetching, RunSelection, Selection } from '../../runner/index.ts';
import type { Host } from '../host.ts';
import type { ProfileOptions } from '../profile-options.ts';
import type { SelectionOptions } from '../selection-options.ts';

export interface RunCommandOptions extends SelectionOptions, ProfileOptions {
  readonly jobs?: number;
  readonly dryRun?: boolean;
  readonly force?: true | string[];
  readonly fetch?: Fetching;
  readonly keepGoing?: boolean;
  readonly gpus?: readonly string[];
  readonly name?: string;
  readonly watch?: boolean;
  readonly detach?: boolean;
  /** The id of the run. Only a detached run is started with it. */
  readonly asRun?: string;
  readonly json?: boolean;
  readonly long?: boolean;
  readonly quiet?: boolean;
}

export function forcedBy({ force = [] }: RunCommandOptions): Selection['forced'] {
  return force === true ? 'all' : force;
}

/** A warning if `--gpus` names GPUs and this machine has none. */
export function gpuWarning({ gpus = [] }: RunCommandOptions, host: Host): string | undefined {
  if (gpus.length === 0 || host.gpus().length > 0) return undefined;
  return `warning: --gpus ${gpus.join(',')}: no GPUs were found on this machine`;
}

/** The pipeline that a run uses without `-f`. */
const PIPELINE = 'pipeline.yaml';

/** The selection as the journal of the run records it. */
export function runSelectionOf(
  { file, config, set }: Pick<RunCommandOptions, 'file' | 'config' | 'set'>,
  targets: readonly string[],
): RunSelection {
  const name = file === undefined ? PIPELINE : basename(file);
  return { ...(name !== PIPELINE && { file: name }), configs: config, settings: set, targets };
}
