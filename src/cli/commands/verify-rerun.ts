/** `pipeline verify --rerun`: whether the current code still makes the bytes in the store. */
import { listed } from '../../base/listed.ts';
import { counted, duration } from '../../base/units.ts';
import {
  describeFailure,
  type ReproducibilityCheck,
  verifyReproducibility,
} from '../../runner/index.ts';
import { exitCodes, type Host } from '../host.ts';
import { paint, wrap } from '../render/text.ts';
import { openAndPrepare, type SelectionOptions } from '../selection-options.ts';

export interface RerunOptions {
  readonly jobs?: number | undefined;
  readonly json?: boolean | undefined;
  /** Relative to the largest number. If undefined, bytes are compared. */
  readonly tolerance?: number | undefined;
}

export async function rerunCommand(
  host: Host,
  targets: readonly string[],
  options: SelectionOptions,
  { jobs = host.cores, json = false, tolerance }: RerunOptions,
): Promise<number> {
  const opened = await openAndPrepare(host, options, [], []);
  if (!opened.ok) return opened.error;
  const { project, prepared, notes } = opened.value;
  const write = (line: string): void => void host.stdout.write(`${line}\n`);
  if (!json) for (const note of notes) write(note);
  const verified = await verifyReproducibility(project, prepared, {
    targets,
    capacities: { cpu: jobs, network: 4, memory: host.memory, gpus: host.gpus() },
    executor: host.makeExecutor(),
    signal: host.signal,
    now: host.now,
    emit: (event) => {
      if (event.type === 'warning' && !json) write(`warning ${event.message}`);
    },
    alike: tolerance === undefined ? undefined : host.numbersWithin(tolerance),
    report: (one) => write(json ? JSON.stringify(one) : wrap(describe(one, host), host.columns)),
  });
  if (!verified.ok) {
    host.stderr.write(`${verified.error.join('\n')}\n`);
    return exitCodes.badInput;
  }
  const count = (type: ReproducibilityCheck['type']): number =>
    verified.value.filter((one) => one.type === type).length;
  const counts = {
    same: count('same'),
    alike: count('alike'),
    differs: count('differs'),
    failed: count('failed'),
    varies: count('varies'),
    unknown: count('not-known'),
  };
  if (json) write(JSON.stringify({ type: 'rerun-finished', ...counts }));
  else {
    const stages = counted(counts.same, 'stage gave', 'stages gave');
    const rest = [
      counts.alike > 0 ? `${counts.alike} the same numbers within ${tolerance}` : '',
      counts.differs > 0 ? paint(host, 'red', `${counts.differs} gave different bytes`) : '',
      counts.failed > 0 ? paint(host, 'red', `${counts.failed} failed`) : '',
      counts.varies > 0 ? `${counts.varies} not compared, because their outputs vary` : '',
      counts.unknown > 0 ? `${counts.unknown} not up to date, so not compared` : '',
    ].filter(Boolean);
    write([`${stages} the same bytes`, ...rest].join(', '));
  }
  if (host.signal.aborted) return exitCodes.interrupted;
  return counts.differs + counts.failed > 0 ? exitCodes.failed : exitCodes.done;
}

function describe(one: ReproducibilityCheck, host: Host): string {
  switch (one.type) {
    case 'same':
      return `${paint(host, 'green', 'same')}     ${one.stage}  ${duration(one.seconds)}`;
    case 'alike':
      return `${paint(host, 'green', 'alike')}    ${one.stage}  ${duration(one.seconds)}`;
    case 'differs':
      return `${paint(host, 'red', 'differs')}  ${one.stage}: ${listed(one.files)}`;
    case 'failed':
      return `${paint(host, 'red', 'failed')}   ${one.stage}: ${describeFailure(one.failure)[0]}`;
    case 'varies':
      return `${paint(host, 'yellow', 'varies')}   ${one.stage}: its outputs differ each time`;
    case 'not-known':
      return `${paint(host, 'yellow', 'unknown')}  ${one.stage}: not up to date`;
  }
}
