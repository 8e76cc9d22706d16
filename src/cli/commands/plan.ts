/** `pipeline plan` (also `status`): shows what would run, and why. It runs nothing. */
import { inPieces } from '../../base/in-pieces.ts';
import { type Decision, describeReason, type Prepared, wordsFor } from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import {
  addProfileOptions,
  chosenProfile,
  type ProfileOptions,
  withProfile,
} from '../profile-options.ts';
import { planEntries } from '../render/plan-entries.ts';
import { STATE_COLOURS } from '../render/state-colours.ts';
import { cut, fold, paint } from '../render/text.ts';
import {
  addCacheOption,
  addSelectionOptions,
  addSubstituteOptions,
  prepareOpened,
  projectOptionsOf,
  reportBadInput,
  type SelectionOptions,
  selectionOf,
} from '../selection-options.ts';

interface PlanOptions extends SelectionOptions, ProfileOptions, ShownOptions {
  readonly exitCode?: boolean;
}

interface ShownOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly long?: boolean;
}

export const addPlan: AddCommand = (program, host, finish) => {
  const command = program
    .command('plan')
    .alias('status')
    .description('show what would run, and why');
  addSubstituteOptions(addCacheOption(addSelectionOptions(command, host), ['off', 'read']));
  addProfileOptions(command)
    .argument('[target...]', 'stages: NAME or NAME[axis=value,...]')
    .option('--long', 'list each instance of a stage, no matter how many there are')
    .option('--json', 'print one JSON object per stage')
    .option('--exit-code', 'exit with 3 if a stage will or may run')
    .action(async (targets: string[], options: PlanOptions) => {
      const opened = await host.openProject(projectOptionsOf(options));
      if (!opened.ok) return finish(reportBadInput(host, opened.error));
      const found = await chosenProfile(host, opened.value, options);
      if (!found.ok) return finish(found.error);
      const selection = selectionOf(options, targets, []);
      const planned = await prepareOpened(host, opened.value, selection);
      if (!planned.ok) return finish(planned.error);
      const { prepared, notes } = await withProfile(planned.value, found.value, targets);
      showPlan(host, prepared, notes, options);
      const { run, pending } = prepared.plan.counts;
      finish(options.exitCode && run + pending > 0 ? exitCodes.toRun : exitCodes.done);
    });
};

/** Per stage. The others are usually of the same kind. */
const MOST_REASONS = 5;

/** As wide as the longest label. */
const INDENT = ' '.repeat(12);

export function showPlan(
  host: Host,
  prepared: Prepared,
  notes: readonly string[],
  options: ShownOptions,
): number {
  for (const piece of inPieces(linesOf(host, prepared, notes, options))) host.stdout.write(piece);
  return exitCodes.done;
}

function* linesOf(
  host: Host,
  { plan }: Prepared,
  notes: readonly string[],
  options: ShownOptions,
): Iterable<string> {
  if (options.json) {
    for (const [stage, decision] of plan.decisions) {
      const { kind, ...rest } = decision;
      const reasons =
        decision.kind === 'run' ? decision.reasons.flatMap(describeReason) : undefined;
      const key = 'key' in rest ? rest.key : undefined;
      const on = 'on' in rest ? rest.on : undefined;
      const standIn = 'standIn' in rest ? rest.standIn : undefined;
      const planned = { stage, decision: kind, key, reasons, on, standIn };
      yield JSON.stringify({ type: 'stage-planned', ...planned });
    }
    yield JSON.stringify({ type: 'plan-finished', ...plan.counts });
    return;
  }
  if (options.quiet) return;
  for (const note of notes) yield fold(note, host.columns);
  const room = host.columns - INDENT.length;
  const label = (decision: Pick<Decision, 'kind'>): string => {
    const words = wordsFor(decision);
    return paint(host, STATE_COLOURS[words], words.padEnd(INDENT.length));
  };
  for (const { kind, name, reasons, more } of planEntries(plan, options.long ?? false)) {
    yield `${label({ kind })}${fold(name, room).replaceAll('\n', `\n${INDENT}`)}`;
    for (const reason of reasons.slice(0, MOST_REASONS)) yield `${INDENT}${cut(reason, room)}`;
    const others = reasons.length - MOST_REASONS;
    if (others > 0) yield `${INDENT}and ${others} more; "pipeline explain" shows all`;
    if (more) yield `${INDENT}${cut(more, room)}`;
  }
  for (const note of substituteNotes(plan)) yield note;
  yield summary(plan.counts);
}

/** `1 will run, 3 may run, 189 up to date`, `nothing to run, 193 up to date`. */
function summary({ run, pending, hit }: Prepared['plan']['counts']): string {
  const toRun = [run > 0 ? `${run} will run` : '', pending > 0 ? `${pending} may run` : ''];
  return [toRun.filter(Boolean).join(', ') || 'nothing to run', `${hit} up to date`].join(', ');
}

function substituteNotes({ decisions }: Prepared['plan']): string[] {
  const substitutes = [...decisions.values()].flatMap((decision) =>
    decision.kind === 'hit' && decision.standIn ? [decision.standIn] : [],
  );
  const locked = substitutes.filter((one) => one.from === 'lock');
  const other = locked.filter((one) => one.differs.length > 0).length;
  const elsewhere = substitutes.length - locked.length;
  const ofOther = other > 0 ? `, ${other} of them made by other code or on another backend` : '';
  return [
    locked.length > 0 ? `${locked.length} results are from pipeline.lock${ofOther}` : '',
    elsewhere > 0 ? `${elsewhere} results were made on another backend` : '',
  ].filter(Boolean);
}
