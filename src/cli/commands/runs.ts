/** `pipeline runs`: past runs, newest first. */
import { ago, duration } from '../../base/units.ts';
import { type RunSummary, runIds, summarize } from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { positive } from '../numbers.ts';
import { shortCommit } from '../render/origin-text.ts';
import { selectionWords } from '../render/selection-words.ts';
import { tableLines } from '../render/table.ts';
import { paint } from '../render/text.ts';
import { addFileOption, openLayout } from '../selection-options.ts';

interface RunsOptions {
  readonly file?: string;
  readonly number: number;
  readonly all?: boolean;
  readonly json?: boolean;
}

export const addRuns: AddCommand = (program, host, finish) => {
  const command = program.command('runs').description('list past runs, newest first');
  addFileOption(command)
    .option('-n, --number <n>', 'how many runs to list', positive, 20)
    .option('--all', 'list all runs')
    .option('--json', 'print one JSON object per run')
    .action(async (options: RunsOptions) => {
      const layout = await openLayout(host, options);
      if (!layout.ok) return finish(layout.error);
      const most = options.all ? Number.POSITIVE_INFINITY : options.number;
      const runs: RunSummary[] = [];
      const ids = runIds(layout.value);
      for (const id of ids) {
        if (runs.length >= most) break;
        const summary = summarize(layout.value, id);
        if (summary) runs.push(summary);
      }
      if (options.json) for (const run of runs) host.stdout.write(`${JSON.stringify(run)}\n`);
      else host.stdout.write(`${linesOf(runs, ids.length, host).join('\n')}\n`);
      finish(exitCodes.done);
    });
};

function linesOf(runs: readonly RunSummary[], known: number, host: Host): readonly string[] {
  if (runs.length === 0) return ['no runs yet'];
  const inRepository = runs.some(({ origin }) => origin?.commit !== undefined);
  const rows = runs.map((run) => [
    run.run,
    ago((host.now() - Date.parse(run.time)) / 1000),
    duration(run.seconds),
    String(run.executed),
    String(run.cached),
    stateOf(run),
    whatOf(run),
    run.origin?.version ?? '',
    ...(inRepository ? [run.origin ? shortCommit(run.origin) : ''] : []),
  ]);
  const columns = [
    { head: 'run' },
    { head: 'when' },
    { head: 'took', right: true },
    { head: 'ran', right: true },
    { head: 'cached', right: true },
    { head: 'state' },
    { head: 'name and selection' },
  ];
  const origin = [{ head: 'version' }, ...(inRepository ? [{ head: 'commit' }] : [])];
  const whole = tableLines([...columns, ...origin], rows, host.columns);
  // The selection says more, so it is shown first. The id of a run has its time, so the age is left out before that.
  const most = whole.left.length > 0 ? tableLines(columns, rows, host.columns) : whole;
  const { lines: shown } =
    most.left.length > 0 || most.lines[0].endsWith('…')
      ? tableLines(
          columns.filter(({ head }) => head !== 'when'),
          rows.map((row) => row.filter((_, i) => i !== 1)),
          host.columns,
        )
      : most;
  const [head, ...lines] = shown;
  const more = known > runs.length ? [`${known - runs.length} more (use --all)`] : [];
  return [paint(host, 'dim', head), ...lines, ...more];
}

function stateOf({ state, failed }: RunSummary): string {
  return state === 'failed' ? `${failed} failed` : state;
}

function whatOf(run: RunSummary): string {
  return [run.name, selectionWords(run).join(' ')].filter(Boolean).join(': ');
}
