/** The curve of a stage in a terminal: a table by epoch, and a plot of each number. */
import {
  type CurvePoint,
  curveFamilies,
  curveNames,
  epochsOf,
  seriesOf,
  thinned,
  valueAt,
} from '../../base/curve.ts';
import { figure } from '../../base/units.ts';
import type { Host } from '../host.ts';
import { blockPlot, scaleOf } from './block-plot.ts';
import { fittedTable } from './fitted-table.ts';
import { paint, visible, wrap } from './text.ts';
import { padStart } from './width.ts';

/** A longer table is not read. */
const MOST_ROWS = 24;
const MOST_PLOTS = 6;
const PLOT_HEIGHT = 6;
const WIDEST_PLOT = 100;
/** Of a file or a pipe. */
const USUAL_COLUMNS = 80;

export function curveLines(points: readonly CurvePoint[], host: Host): readonly string[] {
  return [...tableOf(points, host), ...plotsOf(points, host)];
}

/** One row per epoch. Without epochs, the means of equally long parts. */
export function rowsOf(points: readonly CurvePoint[]): readonly CurvePoint[] {
  const epochs = epochsOf(points);
  return epochs.length > 0 ? epochs : thinned(points, MOST_ROWS / 2);
}

function tableOf(points: readonly CurvePoint[], host: Host): readonly string[] {
  const names = curveNames(points);
  const all = rowsOf(points);
  const shown = all.length > MOST_ROWS ? spread(all, MOST_ROWS) : all;
  const hasEpochs = shown.some(({ epoch }) => epoch !== undefined);
  const heads = [...(hasEpochs ? ['epoch'] : []), 'step', ...names];
  const rows = shown.map((point) => [
    ...(hasEpochs ? [point.epoch === undefined ? '-' : figure(point.epoch)] : []),
    figure(point.step),
    ...names.map((name) => shownNumber(valueAt(point, name))),
  ]);
  const columns = heads.map((head, i) => ({ head, right: true, keep: i === 0 }));
  const { lines, left } = fittedTable(columns, rows, host.columns);
  const notes = [
    shown.length < all.length ? `${shown.length} of ${all.length} epochs` : '',
    left.length > 0 ? `not shown: ${left.join(', ')}` : '',
  ].filter(Boolean);
  const note = notes.length > 0 ? [wrap(`${notes.join('; ')} (use --csv)`, host.columns)] : [];
  return [paint(host, 'dim', lines[0]!), ...lines.slice(1), ...note];
}

/** Evenly, with the last one. */
function spread<T>(all: readonly T[], most: number): readonly T[] {
  return Array.from({ length: most }, (_, i) => all[Math.ceil(((i + 1) * all.length) / most) - 1]!);
}

function plotsOf(points: readonly CurvePoint[], host: Host): readonly string[] {
  const families = [...curveFamilies(curveNames(points)).values()];
  const plots = families.flatMap((names) => {
    const series = names.map((name) => seriesOf(points, name));
    const scale = scaleOf(series);
    return names.map((name, i) => ({ name, series: series[i]!, scale }));
  });
  return plots.slice(0, MOST_PLOTS).flatMap(({ name, series, scale }) => {
    const labels = [shownNumber(scale.high), shownNumber(scale.low)] as const;
    const margin = Math.max(...labels.map((label) => label.length)) + 1;
    const columns = Number.isFinite(host.columns) ? host.columns : USUAL_COLUMNS;
    const width = Math.max(8, Math.min(WIDEST_PLOT, columns) - margin - 2);
    const drawn = blockPlot(series, scale, width, PLOT_HEIGHT);
    const steps = `${figure(series[0]![0])} to ${figure(series.at(-1)![0])}`;
    return [
      '',
      paint(host, 'bold', `${visible(name)}, step ${steps}`),
      ...drawn.map((line, i) => {
        const label = i === 0 ? labels[0] : i === PLOT_HEIGHT - 1 ? labels[1] : '';
        return `${padStart(label, margin)} │${line}`.trimEnd();
      }),
    ];
  });
}

export function shownNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  return String(Number(value.toPrecision(4)));
}
