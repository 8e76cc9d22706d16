/** What `pipeline pull` and `pipeline push` have in common: the plan, the progress and the result. */
import type { Command } from 'commander';
import { byteSize, counted } from '../../base/units.ts';
import type { Prepared, Project, Transfer, TransferRequest } from '../../runner/index.ts';
import { exitCodes, type Host } from '../host.ts';
import { progressLine } from '../render/progress-line.ts';
import { wrap } from '../render/text.ts';
import {
  addSelectionOptions,
  openAndPrepare,
  reportBadInput,
  type SelectionOptions,
} from '../selection-options.ts';

export interface TransferOptions extends SelectionOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export interface Direction {
  readonly name: 'pull' | 'push';
  readonly done: 'pulled from' | 'pushed to';
  /** Where results that need no copy are. */
  readonly known: string;
  readonly copy: (
    project: Project,
    prepared: Prepared,
    request: TransferRequest,
  ) => Promise<Transfer | undefined>;
}

export function addTransferOptions(command: Command, host: Host): Command {
  return addSelectionOptions(command, host)
    .argument('[target...]', 'stages: NAME or NAME[axis=value,...] (default: all)')
    .option('-n, --dry-run', 'show how much would be copied, and copy nothing')
    .option('--json', 'print one JSON object');
}

export async function transfer(
  host: Host,
  targets: readonly string[],
  options: TransferOptions,
  direction: Direction,
): Promise<number> {
  const opened = await openAndPrepare(host, { ...options, cache: 'read' }, targets, []);
  if (!opened.ok) return opened.error;
  const { project, prepared, notes } = opened.value;
  for (const note of notes) {
    if (note.startsWith('warning: ')) host.stderr.write(`${wrap(note, host.columns)}\n`);
  }
  const progress = progressLine(host, direction.name, String);
  const copied = await direction.copy(project, prepared, {
    dryRun: options.dryRun ?? false,
    signal: host.signal,
    onProgress: (done, inAll, bytes) => progress.show(done, inAll, ` results, ${byteSize(bytes)}`),
  });
  progress.close();
  if (!copied) return reportBadInput(host, NO_CACHE);
  if (options.json) {
    const { dryRun = false } = options;
    host.stdout.write(
      `${JSON.stringify({ type: `${direction.name}-finished`, dryRun, ...copied })}\n`,
    );
  } else write(host, copied, options, direction);
  if (copied.interrupted) return exitCodes.interrupted;
  return copied.failed > 0 ? exitCodes.failed : exitCodes.done;
}

const NO_CACHE = {
  diagnostics: [
    {
      severity: 'error' as const,
      message: 'this project has no remote cache',
      suggestion: 'name it with "cache:" in pipeline.yaml, or in $PIPELINE_CACHE',
    },
  ],
  sources: [],
};

function write(
  host: Host,
  { address, results, known, other, failed, objects, bytes, toRun, ...rest }: Transfer,
  { dryRun }: TransferOptions,
  { name, done, known: place }: Direction,
): void {
  const line = (text: string): void => void host.stdout.write(`${wrap(text, host.columns)}\n`);
  for (const warning of rest.warnings) {
    host.stderr.write(`${wrap(`warning: ${warning}`, host.columns)}\n`);
  }
  const size = `${counted(objects, 'file', 'files')}, ${byteSize(bytes)}`;
  const what = `${counted(results, 'result', 'results')} (${size})`;
  line(dryRun ? `would ${name} ${what}; nothing was copied` : `${what} ${done} ${address}`);
  if (known > 0) line(`${counted(known, 'result was', 'results were')} ${place} before`);
  if (other > 0) {
    line(`of ${counted(other, 'result', 'results')}, the cache has other outputs, which it keeps`);
  }
  if (toRun > 0) {
    line(`${counted(toRun, 'stage has', 'stages have')} no result; "pipeline plan" shows why`);
  }
  if (rest.interrupted) line(`stopped; "pipeline ${name}" copies the rest`);
  else if (failed > 0) {
    line(`${counted(failed, 'result was', 'results were')} not copied; try again later`);
  }
}
