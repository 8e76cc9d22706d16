/** `pipeline accept STAGE`: accepts the last outputs as results of the current code, without running. */
import { accept, type StageId, selectStages } from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes } from '../host.ts';
import { sentenceLines } from '../render/text.ts';
import {
  addSelectionOptions,
  openAndPrepare,
  type SelectionOptions,
} from '../selection-options.ts';

export const addAccept: AddCommand = (program, host, finish) => {
  const command = program
    .command('accept')
    .description('accept the last outputs for the current code, without running');
  addSelectionOptions(command, host)
    .argument('<stage...>', 'NAME or NAME[axis=value,...]')
    .option('--json', 'print one JSON object per stage')
    .action(async (targets: string[], options: SelectionOptions & { json?: boolean }) => {
      const opened = await openAndPrepare(host, options, targets, []);
      if (!opened.ok) return finish(opened.error);
      const { plan, planContext } = opened.value.prepared;
      const chosen = new Set<StageId>();
      for (const target of targets) {
        const selected = selectStages(plan.pipeline, target);
        for (const stage of selected.ok ? selected.value : []) chosen.add(stage.id);
      }
      const time = new Date(host.now()).toISOString();
      const accepted = await accept(plan.pipeline, chosen, planContext, time);
      if (!accepted.ok) {
        const lines = accepted.error.flatMap(({ stage, why }) => [
          `${stage}: not accepted`,
          ...why.flatMap((text) => sentenceLines({ text }, host)),
        ]);
        lines.push(
          'nothing was accepted: only changes of code, packages and environment can be accepted, not of parameters or inputs',
        );
        for (const line of lines) host.stderr.write(`${line}\n`);
        return finish(exitCodes.failed);
      }
      for (const { stage, record } of accepted.value) {
        const { from, changes } = record.provenance.accepted!;
        const lines = options.json
          ? [JSON.stringify({ stage, key: record.key, from, changes })]
          : [`${stage}: accepted`, ...changes.flatMap((text) => sentenceLines({ text }, host))];
        for (const line of lines) host.stdout.write(`${line}\n`);
      }
      if (accepted.value.length === 0 && !options.json) {
        host.stdout.write('nothing to accept: everything is up to date\n');
      }
      finish(exitCodes.done);
    });
};
