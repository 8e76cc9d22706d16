/** `pipeline experiments`: all configurations of all runs with their metrics, filtered, sorted, or side by side. */
import { csvLine } from '../../base/csv.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { byBeginning } from '../../base/short-digests.ts';
import { isSystemError } from '../../base/system-error.ts';
import {
  type Condition,
  findColumn,
  isMissing,
  matching,
  parseCondition,
  parseSort,
  plainText,
  sorted,
} from '../../base/table-query.ts';
import {
  chooseColumns,
  chosenColumns,
  type Experiment,
  type Experiments,
  findRun,
  type Layout,
  listExperiments,
} from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { positive } from '../numbers.ts';
import { columnHint } from '../render/column-hint.ts';
import { cellOf } from '../render/experiment-cells.ts';
import { comparedExperiments, experimentLines } from '../render/experiments-table.ts';
import { unreadNotes } from '../render/unread-notes.ts';
import {
  addSelectionOptions,
  collect,
  openAndPrepare,
  reportErrors,
  type SelectionOptions,
} from '../selection-options.ts';

interface ExperimentsOptions extends SelectionOptions {
  readonly run: string[];
  readonly sort?: string;
  readonly columns?: string;
  readonly number?: number;
  readonly compare?: boolean;
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** The choice of `--columns` that forgets an earlier one. */
const AUTO = 'auto';

export const addExperiments: AddCommand = (program, host, finish) => {
  const command = program
    .command('experiments')
    .description('compare the configurations of all runs by their metrics');
  addSelectionOptions(command, host)
    .argument('[filter...]', 'rows: rate=25, method!=svd or "accuracy>0.97"; also <, <= and >=')
    .option(
      '--run <run>',
      'show only results of this run: id, name, or latest; repeatable',
      collect,
    )
    .setOptionValue('run', [])
    .option(
      '--sort <columns>',
      'sort by columns, such as rate,-accuracy; with a minus sign, in descending order',
    )
    .option(
      '--columns <names>',
      'show these columns and those that tell rows apart, also the next time; auto: as many metrics as fit',
    )
    .option('-n, --number <n>', 'print only the first n rows', positive)
    .option('--compare', 'print the rows side by side, with what differs')
    .option('--csv', 'print all columns as CSV')
    .option('--json', 'print one JSON object per row; NaN and Infinity are strings')
    .action(async (filters: string[], options: ExperimentsOptions) => {
      const opened = await openAndPrepare(host, options, [], []);
      if (!opened.ok) return finish(opened.error);
      const { project, prepared } = opened.value;
      const runs = options.run.map((text) => findRun(project.layout, text));
      const unknown = runs.flatMap((run) => (run.ok ? [] : [run.error]));
      if (unknown.length > 0) return finish(reportErrors(host, ...unknown));
      const only = runs.flatMap((run) => (run.ok ? [run.value] : []));
      const table = listExperiments(
        project.layout,
        prepared.plan,
        prepared.planContext,
        only.length > 0 ? [...new Set(only)] : undefined,
      );
      const query = queryOf(filters, options, table);
      if (!query.ok) return finish(reportErrors(host, ...query.error));
      const { conditions, keys, named } = query.value;
      const found = sorted(matching(table.rows, conditions, cellOf), keys, cellOf);
      const rows = found.slice(0, options.number);
      if (options.compare && rows.length < 2 && !options.json && !options.csv) {
        const message = `--compare needs two rows or more, and ${rows.length === 0 ? 'no row matches' : 'only one matches'}`;
        return finish(reportErrors(host, message));
      }
      const lines = options.json
        ? rows.map(asJson)
        : options.csv
          ? csvLines(table, rows, named)
          : shownLines(
              table,
              rows,
              options,
              remembered(project.layout, options, named, host),
              host,
            );
      host.stdout.write(lines.map((line) => `${line}\n`).join(''));
      finish(exitCodes.done);
    });
};

interface Query {
  readonly conditions: readonly Condition[];
  readonly keys: ReturnType<typeof parseSort>;
  /** The columns that the user named. */
  readonly named: readonly string[];
}

function queryOf(
  filters: readonly string[],
  { sort = '', columns = AUTO }: ExperimentsOptions,
  table: Experiments,
): Result<Query, readonly string[]> {
  const known = ['key', ...table.columns.map(({ name }) => name)];
  const errors: string[] = [];
  const named = (name: string): string => {
    const column = findColumn(name, known);
    if (column === undefined) errors.push(`no column is named "${name}"${columnHint(name, known)}`);
    return column ?? name;
  };
  const conditions = filters.flatMap((text) => {
    const condition = parseCondition(text);
    if (!condition) {
      errors.push(`"${text}" is not a filter; write NAME=VALUE, NAME!=VALUE or "NAME>VALUE"`);
      return [];
    }
    return byBeginning({ ...condition, column: named(condition.column) }, table.rows, cellOf);
  });
  const keys = parseSort(sort).map((key) => ({ ...key, column: named(key.column) }));
  const names = columns.split(',').map((name) => name.trim());
  const chosen = columns === AUTO ? [] : names.filter(Boolean).map(named);
  // A table without rows has no columns, so no name is a mistake.
  if (errors.length > 0 && table.rows.length > 0) return fail([...new Set(errors)]);
  return ok({ conditions, keys, named: chosen });
}

/** The columns to show. Those that a user names are also shown the next time. */
function remembered(
  layout: Layout,
  { columns }: ExperimentsOptions,
  named: readonly string[],
  host: Host,
): readonly string[] {
  if (columns === undefined) return chosenColumns(layout);
  try {
    chooseColumns(layout, named);
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    host.stderr.write(`warning: the columns can't be remembered: ${problem.message}\n`);
  }
  return named;
}

function shownLines(
  { columns, rows: all, unread }: Experiments,
  rows: readonly Experiment[],
  { compare, columns: option }: ExperimentsOptions,
  chosen: readonly string[],
  host: Host,
): readonly string[] {
  const notes = unreadNotes(unread, host);
  if (all.length === 0) return ['no run has results with metrics', ...notes];
  if (rows.length === 0) return [`none of ${all.length} rows matches`, ...notes];
  const shown = { columns, all, rows, chosen };
  if (compare) return [...comparedExperiments(shown, host), ...notes];
  const before = option === undefined && chosen.length > 0;
  return [
    ...experimentLines(shown, host),
    ...(before ? ['columns as chosen before; --columns auto shows all that fit'] : []),
    ...notes,
  ];
}

function asJson({ key, stage, runs, cells }: Experiment): string {
  const values = [...cells].filter(([, cell]) => !isMissing(cell));
  return JSON.stringify({ key, stage, runs, values: Object.fromEntries(values) });
}

function csvLines(
  { columns }: Experiments,
  rows: readonly Experiment[],
  named: readonly string[],
): readonly string[] {
  const shown = columns.filter(
    ({ name, kind }) =>
      named.length === 0 ||
      kind === 'axis' ||
      kind === 'word' ||
      kind === 'parameter' ||
      named.includes(name),
  );
  const names = ['key', ...shown.map(({ name }) => name)];
  return [
    csvLine(names),
    ...rows.map((row) => csvLine(names.map((name) => plainText(cellOf(row, name))))),
  ];
}
