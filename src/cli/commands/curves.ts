/** `pipeline curves STAGE...`: the numbers that stages report by step, such as the loss of a training. */

import { csvLine } from '../../base/csv.ts';
import { type CurvePoint, curveNames, seriesOf, valueAt } from '../../base/curve.ts';
import {
  constantColumns,
  curveOf,
  type FoundCurve,
  makeTable,
  PastAttempts,
  type Stage,
  selectStages,
} from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { blockPlot, scaleOf } from '../render/block-plot.ts';
import { curveLines, rowsOf, shownNumber } from '../render/curve-lines.ts';
import { fittedTable } from '../render/fitted-table.ts';
import { paint, visible, wrap } from '../render/text.ts';
import {
  addSelectionOptions,
  openAndPrepare,
  type SelectionOptions,
} from '../selection-options.ts';
import { writerTo } from '../write-all.ts';

interface CurvesOptions extends SelectionOptions {
  readonly json?: boolean;
  readonly csv?: boolean;
}

interface StageCurve extends FoundCurve {
  readonly stage: Stage;
}

export const addCurves: AddCommand = (program, host, finish) => {
  const command = program
    .command('curves')
    .description('show the numbers that stages report by step, such as the loss of a training');
  addSelectionOptions(command, host)
    .argument('<stage...>', 'NAME or NAME[axis=value,...]')
    .option('--csv', 'print all points as CSV')
    .option('--json', 'print one JSON object per stage')
    .action(async (targets: string[], options: CurvesOptions) => {
      const opened = await openAndPrepare(host, options, targets, []);
      if (!opened.ok) return finish(opened.error);
      const { prepared, project } = opened.value;
      const selected = targets.flatMap((target) => {
        const found = selectStages(prepared.plan.pipeline, target);
        return found.ok ? found.value : [];
      });
      const attempts = new PastAttempts(project.layout);
      const all = [...new Set(selected)].map((stage) => ({
        stage,
        ...curveOf(stage, prepared, attempts),
      }));
      // A log may have lines with a step and no other number.
      const curves = all.filter(({ points }) => curveNames(points).length > 0);
      const write = options.json ? jsonLines : options.csv ? csvLines : textLines;
      const writer = writerTo(host);
      for (const line of write(curves, host)) await writer(`${line}\n`);
      finish(host.signal.aborted ? exitCodes.interrupted : exitCodes.done);
    });
};

type Write = (curves: readonly StageCurve[], host: Host) => Iterable<string>;

const jsonLines: Write = (curves) =>
  curves.map(({ stage, state, run, points }) => {
    const flat = points.map(({ step, epoch, values }) => ({ step, epoch, ...values }));
    return JSON.stringify({ stage: stage.id, state, run, points: flat });
  });

const csvLines: Write = function* (curves) {
  const axes = [...new Set(curves.flatMap(({ stage }) => [...stage.axes.keys()]))];
  const names = curveNames(curves.flatMap(({ points }) => points));
  yield csvLine(['stage', ...axes, 'step', 'epoch', ...names]);
  for (const { stage, points } of curves) {
    const about = [stage.name, ...axes.map((axis) => String(stage.axes.get(axis) ?? ''))];
    for (const point of points) {
      const numbers = [point.step, point.epoch, ...names.map((name) => valueAt(point, name))];
      yield csvLine([...about, ...numbers.map((number) => String(number ?? ''))]);
    }
  }
};

const textLines: Write = (curves, host) => {
  const [only] = curves;
  if (only === undefined) {
    return [
      wrap(
        'no curve: the stages have not reported numbers by step (docs/shell-stages.md#curves)',
        host.columns,
      ),
    ];
  }
  if (curves.length > 1) return comparison(curves, host);
  const title = `${visible(only.stage.id)}: ${titleOf(only)}`;
  return [paint(host, 'bold', title), ...curveLines(only.points, host)];
};

function titleOf({ state, run }: FoundCurve): string {
  if (run === undefined) return state;
  return `${state === 'unfinished' ? 'running, or its run was killed' : state}, run ${run}`;
}

/** Columns of the small plot. */
const SPARK = 16;

/** One line per stage: its last epoch, and a small plot of its first number. */
function comparison(curves: readonly StageCurve[], host: Host): readonly string[] {
  const table = makeTable(
    curves.map(({ stage, state, points }) => ({
      stage: stage.id,
      name: stage.name,
      axes: stage.axes,
      upToDate: state === 'up to date',
      rows: [{ file: '', values: lastOf(points) }],
    })),
  );
  const { lines: all, identifying } = table;
  const constant = constantColumns(table);
  const columns = table.columns.filter((column) => !constant.includes(column));
  const shown = (column: string, { cells }: (typeof all)[number]): string => {
    const cell = cells.get(column);
    return typeof cell === 'number' && !identifying.includes(column)
      ? shownNumber(cell)
      : String(cell ?? '-');
  };
  const heads = columns.map((head) => {
    const keep = identifying.includes(head);
    return { head, right: !keep, keep };
  });
  const stale = all.some(({ upToDate }) => !upToDate);
  const plotted = curveNames(curves.flatMap(({ points }) => points))[0]!;
  const series = curves.map(({ points }) => seriesOf(points, plotted));
  const scale = scaleOf(series);
  const rows = all.map((line, i) => [
    ...columns.map((column) => shown(column, line)),
    ...(stale ? [line.upToDate ? '' : curves[i]!.state] : []),
    series[i]!.length > 0 ? blockPlot(series[i]!, scale, SPARK, 1)[0]! : '',
  ]);
  const more = [...(stale ? ['state'] : []), `${plotted} by step`];
  const marked = [...heads, ...more.map((head) => ({ head, keep: false }))];
  const { lines, hasHead, left } = fittedTable(marked, rows, host.columns);
  const same = constant.map((column) => `${column} ${shown(column, all[0]!)}`);
  const notes = [
    same.length > 0 ? `the same in all: ${same.join(', ')}` : '',
    left.length > 0 ? `not shown: ${left.join(', ')} (use --csv)` : '',
  ].filter(Boolean);
  const [head, ...rest] = lines;
  return [
    hasHead ? paint(host, 'dim', head!) : head!,
    ...rest,
    ...notes.map((line) => wrap(line, host.columns)),
  ];
}

function lastOf(points: readonly CurvePoint[]): Readonly<Record<string, number>> {
  const rows = rowsOf(points);
  const { step, epoch } = rows.at(-1)!;
  const values = curveNames(rows).map((name) => [name, seriesOf(rows, name).at(-1)![1]] as const);
  return { step, ...(epoch !== undefined && { epoch }), ...Object.fromEntries(values) };
}
