/** `pipeline log STAGE`: what it said in its last attempt, and how that ended. */
import { describeFailure } from '../../runner/execution/failure.ts';
import { describeReason } from '../../runner/execution/reason.ts';
import { type Attempt, lastAttempts } from '../../runner/history/attempts.ts';
import { findRun } from '../../runner/history/find-run.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { duration, harmless, paint, visible } from '../render/text.ts';
import { addFileOption, openLayout, tellPlainly } from '../selection-options.ts';

interface LogOptions {
  readonly file?: string;
  readonly run?: string;
  readonly json?: boolean;
}

export const addLog: AddCommand = (program, host, finish) => {
  const command = program.command('log').description("print the log of a stage's last attempt");
  addFileOption(command)
    .argument('<stage>', 'NAME or NAME[axis=value,...]')
    .option('--run <run>', 'of this run: its id, name, or latest')
    .option('--json', 'one attempt a line on standard output')
    .action(async (stage: string, options: LogOptions) => {
      const layout = await openLayout(host, options);
      if (!layout.ok) return finish(layout.error);
      let runs: readonly string[] | undefined;
      if (options.run !== undefined) {
        const run = findRun(layout.value, options.run);
        if (!run.ok) return finish(tellPlainly(host, run.error));
        runs = [run.value];
      }
      const attempts = lastAttempts(layout.value, stage, runs);
      if (attempts.length === 0) {
        const where = runs ? `run ${runs[0]} did not execute` : 'no run executed';
        return finish(tellPlainly(host, `${where} a stage "${stage}"`));
      }
      const texts = attempts.map((attempt) =>
        options.json ? `${JSON.stringify(attempt)}\n` : format(attempt, attempts, host),
      );
      host.stdout.write(texts.join(options.json ? '' : '\n'));
      finish(exitCodes.done);
    });
};

function format(attempt: Attempt, all: readonly Attempt[], host: Host): string {
  const { stage, run, number, reasons, lines, state, seconds, failure } = attempt;
  const count = all.filter((other) => other.stage === stage).length;
  const which = count > 1 ? `, attempt ${number} of ${count}` : '';
  const [first] = reasons.flatMap(describeReason);
  const head = `${stage}  run ${run}${which}${first === undefined ? '' : `: ${first}`}`;
  const took = seconds === undefined ? '' : ` in ${duration(seconds)}`;
  const ends = failure ? describeFailure(failure) : [`${state}${took}`];
  const [headline, ...details] = ends;
  const colour = state === 'finished' ? 'green' : state === 'failed' ? 'red' : 'yellow';
  const last = failure ? `failed: ${headline}` : headline!;
  return [
    paint(host, 'bold', head),
    ...lines.map((line) => `  ${harmless(line)}`.trimEnd()),
    paint(host, colour, last),
    ...details.map((line) => `  ${visible(line.trim())}`),
    '',
  ].join('\n');
}
