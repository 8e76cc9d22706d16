/** `pipeline metrics`: the metrics of all instances as a table, JSON or CSV. */
import { csvLine } from '../../base/csv.ts';
import { figure } from '../../base/units.ts';
import {
  constantColumns,
  isNumber,
  type Metric,
  type Metrics,
  type MetricsTable,
  makeTable,
  measuredStages,
  type Plan,
  type Stage,
  selectStages,
} from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { columnHint } from '../render/column-hint.ts';
import { fittedTable } from '../render/fitted-table.ts';
import { paint, wrap } from '../render/text.ts';
import { unreadNotes } from '../render/unread-notes.ts';
import {
  addSelectionOptions,
  openAndPrepare,
  reportErrors,
  type SelectionOptions,
} from '../selection-options.ts';

interface MetricsOptions extends SelectionOptions {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly columns?: string;
}

export const addMetrics: AddCommand = (program, host, finish) => {
  const command = program.command('metrics').description('compare the metrics of stages');
  addSelectionOptions(command, host)
    .argument('[target...]', 'stages: NAME or NAME[axis=value,...]')
    .option(
      '--columns <names>',
      'show only these metrics, such as accuracy,loss, and the columns that tell rows apart',
    )
    .option('--csv', 'print all columns as CSV')
    .option('--json', 'print one JSON object per row; NaN and Infinity are strings')
    .action(async (targets: string[], options: MetricsOptions) => {
      const opened = await openAndPrepare(host, options, targets, []);
      if (!opened.ok) return finish(opened.error);
      const { plan, planContext } = opened.value.prepared;
      const chosen = chosenStages(targets, plan);
      const { stages, unread } = measuredStages(chosen, plan, planContext);
      const only = options.columns?.split(',').map((name) => name.trim()) ?? [];
      const table = makeTable(stages, only);
      const known = makeTable(stages).columns;
      const unknown = only.filter((name) => !known.includes(name));
      if (unknown.length > 0) {
        const messages = unknown.map(
          (name) => `there is no metric "${name}"${columnHint(name, known)}`,
        );
        return finish(reportErrors(host, ...messages));
      }
      const write = options.json ? writeJson : options.csv ? writeCsv : writeTable;
      for (const line of write({ ...table, unread }, host)) host.stdout.write(`${line}\n`);
      finish(exitCodes.done);
    });
};

function chosenStages(targets: readonly string[], { pipeline }: Plan): readonly Stage[] {
  if (targets.length === 0) return pipeline.stages;
  return targets.flatMap((target) => {
    const selected = selectStages(pipeline, target);
    return selected.ok ? selected.value : [];
  });
}

type Write = (table: MetricsTable & Pick<Metrics, 'unread'>, host: Host) => Iterable<string>;

const writeJson: Write = ({ lines }) =>
  lines.map(({ stage, upToDate, cells }) =>
    JSON.stringify({ stage, upToDate, values: Object.fromEntries(cells) }),
  );

const writeCsv: Write = ({ columns, lines }) => [
  csvLine(columns),
  ...lines.map(({ cells }) => csvLine(columns.map((column) => String(cells.get(column) ?? '')))),
];

const writeTable: Write = (table, host) => {
  const { columns, identifying, lines, unread } = table;
  if (lines.length === 0) return ['no stage has metrics yet', ...unreadNotes(unread, host)];
  const constant = constantColumns(table);
  const isNumeric = (column: string): boolean =>
    lines.every((line) => isNumber(line.cells.get(column) ?? 0));
  // Numbers come before words that do not tell lines apart.
  const others = columns.filter((one) => !constant.includes(one) && !identifying.includes(one));
  const varying = [
    ...columns.filter((column) => identifying.includes(column)),
    ...others.filter(isNumeric),
    ...others.filter((column) => !isNumeric(column)),
  ];
  const stale = lines.some((line) => !line.upToDate);
  const rows = lines.map(({ cells, upToDate }) => [
    ...varying.map((column) => shown(cells.get(column))),
    ...(stale ? [upToDate ? '' : '*'] : []),
  ]);
  const heads = varying.map((head) => ({
    head,
    right: isNumeric(head),
    keep: identifying.includes(head),
  }));
  const marked = stale ? [...heads, { head: '', keep: true }] : heads;
  const { lines: text, hasHead, left } = fittedTable(marked, rows, host.columns);
  const [head, ...rest] = text;
  const same = constant.map((column) => `${column} ${shown(lines[0]!.cells.get(column))}`);
  const notes = [
    same.length > 0
      ? `the same in all${unread.length > 0 ? ' that can be read' : ''}: ${same.join(', ')}`
      : '',
    left.length > 0 ? `not shown: ${left.join(', ')} (use --columns or --csv)` : '',
    stale ? '* not up to date' : '',
  ].filter(Boolean);
  return [
    ...(head === undefined ? [] : [hasHead ? paint(host, 'dim', head) : head]),
    ...rest,
    ...notes.map((note) => wrap(note, host.columns)),
    ...unreadNotes(unread, host),
  ];
};

function shown(value: Metric | undefined): string {
  if (value === undefined || value === null) return '-';
  return typeof value === 'number' ? figure(value) : String(value);
}
