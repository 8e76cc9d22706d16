/** `pipeline plan` (also `status`): what would run, and why; runs nothing. */
import type { Prepared } from '../../runner/engine.ts';
import { describeReason } from '../../runner/execution/reason.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { cut, paint } from '../render/text.ts';
import {
  addSelectionOptions,
  openAndPrepare,
  type SelectionOptions,
} from '../selection-options.ts';

interface PlanOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export const addPlan: AddCommand = (program, host, finish) => {
  const command = program
    .command('plan')
    .alias('status')
    .description('say what would run, and why');
  addSelectionOptions(command, host)
    .argument('[target...]', 'stages: NAME or NAME[axis=value,...]')
    .option('--json', 'one stage a line on standard output')
    .action(async (targets: string[], options: SelectionOptions & PlanOptions) => {
      const opened = await openAndPrepare(host, options, targets, []);
      finish(
        opened.ok
          ? showPlan(host, opened.value.prepared, opened.value.notes, options)
          : opened.error,
      );
    });
};

export function showPlan(
  host: Host,
  { plan }: Prepared,
  notes: readonly string[],
  options: PlanOptions,
): number {
  const write = (line: string) => void host.stdout.write(`${line}\n`);
  if (options.json) {
    for (const [stage, decision] of plan.decisions) {
      const { kind, ...rest } = decision;
      const reasons =
        decision.kind === 'run' ? decision.reasons.flatMap(describeReason) : undefined;
      const key = 'key' in rest ? rest.key : undefined;
      const on = 'on' in rest ? rest.on : undefined;
      write(JSON.stringify({ type: 'stage-planned', stage, decision: kind, key, reasons, on }));
    }
    write(JSON.stringify({ type: 'plan-finished', ...plan.counts }));
    return exitCodes.done;
  }
  if (options.quiet) return exitCodes.done;
  for (const note of notes) write(cut(note, host.columns));
  const room = host.columns - 10;
  const cached = new Map<string, number>();
  for (const [id, decision] of plan.decisions) {
    const { name } = plan.pipeline.byId.get(id)!;
    if (decision.kind === 'hit') cached.set(name, (cached.get(name) ?? 0) + 1);
    else if (decision.kind === 'run') {
      write(`${paint(host, 'yellow', 'will run')}  ${cut(id, room)}`);
      for (const reason of decision.reasons.flatMap(describeReason)) {
        write(`          ${cut(reason, room)}`);
      }
    } else {
      const more = decision.on.length > 1 ? ` and ${decision.on.length - 1} more` : '';
      write(`${paint(host, 'cyan', 'may run')}   ${cut(id, room)}`);
      write(`          ${cut(`it hangs on ${decision.on[0]}${more}`, room)}`);
    }
  }
  for (const [name, count] of cached) {
    const text = `${name}${count > 1 ? ` (${count})` : ''}`;
    write(`${paint(host, 'green', 'cached')}    ${cut(text, room)}`);
  }
  const { run, pending, hit } = plan.counts;
  write(`${run + pending} to run (${run} certain, ${pending} hang on them), ${hit} up to date`);
  return exitCodes.done;
}
