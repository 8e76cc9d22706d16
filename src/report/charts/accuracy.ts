/**
 * Accuracy over compression rate, one panel per phase: medians over seeds with the band between the quartiles, and the
 * baseline as a line. For a few methods; `accuracy-panels` is for more.
 */

import type { TopLevelSpec } from 'vega-lite';
import { phasesOf, type Sweep, sweepsOf } from '../aggregate.ts';
import type { FigureTexts } from '../locales/texts.ts';
import type { Summary } from '../summary.ts';
import {
  type AccuracyView,
  frameOf,
  linesOf,
  pointsOf,
  type ReferenceLine,
  verticalOf,
} from './accuracy-frame.ts';
import { type Colours, DASHES, looksOf } from './palette.ts';
import { rateEncoding } from './rate-axis.ts';
import { FAINT_INK, INK, PLOT_WIDTH, theme } from './theme.ts';
import { TOOLTIP } from './tooltip.ts';

/** Null if nothing was compressed, or if no result is near the baseline. */
export function accuracyChart(
  summary: Summary,
  view: AccuracyView,
  texts: FigureTexts,
): TopLevelSpec | null {
  const { aggregates } = summary;
  const frame = frameOf(summary, aggregates, view, texts);
  if (frame === null) return null;
  const sweeps = sweepsOf(aggregates);
  const points = sweeps
    .flatMap((sweep) => pointsOf(sweep, frame, texts))
    .map((point) => ({ ...point, panel: texts.capitalised(texts.phase(point.phase)) }));
  if (points.every(({ y }) => y === null)) return null;

  const phases = phasesOf(aggregates);
  const panels = phases.map((phase) => texts.capitalised(texts.phase(phase)));
  const { colour, shape } = seriesOf(sweeps, frame.references, summary.colours);
  const rates = [...new Set(sweeps.flat().map(({ rate }) => rate!))];
  const horizontal = rateEncoding(
    rates,
    [...new Set(sweeps.map(([{ label }]) => label))],
    texts.rate,
  );
  const vertical = verticalOf(frame);
  const y = { ...vertical, field: 'y' };
  const band = { ...horizontal, y: { ...vertical, field: 'lower' }, y2: { field: 'upper' } };
  const series = { description: { field: 'series', type: 'nominal' } } as const;
  const isSingle = rates.length === 1;
  const dash = {
    field: 'panel',
    type: 'nominal',
    scale: { domain: panels, range: panels.map((_, i) => DASHES[i % DASHES.length]!) },
    legend: null,
  } as const;
  const layers = [
    {
      transform: [{ filter: "datum.kind === 'reference'" }],
      mark: { type: 'rule', strokeWidth: 1 },
      encoding: { y },
    },
    {
      transform: [{ filter: "datum.kind === 'series' && datum.seeds > 1" }],
      mark: isSingle
        ? { type: 'rule', strokeWidth: 1.5 }
        : { type: 'area', fillOpacity: 0.18, aria: true },
      encoding: { ...band, ...series },
    },
    {
      transform: [{ filter: "datum.kind === 'series'" }],
      mark: { type: 'line', aria: true },
      encoding: { ...horizontal, y, strokeDash: dash, ...series },
    },
    {
      transform: [{ filter: "datum.kind === 'series' && datum.isMeasured && datum.y !== null" }],
      mark: {
        type: 'point',
        filled: true,
        opacity: 1,
        aria: true,
        size: rates.length > MANY_RATES ? 12 : 30,
      },
      encoding: { ...horizontal, y, shape, ...TOOLTIP },
    },
  ].filter(({ mark }) => !(isSingle && mark.type === 'line'));
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config: theme,
    data: {
      values: [
        ...points,
        ...phases.flatMap((phase, i) =>
          linesOf(frame, phase).map((line) => ({ ...line, panel: panels[i] })),
        ),
      ],
    },
    facet: { row: { field: 'panel', type: 'nominal', sort: panels, header: PANEL_HEADER } },
    spacing: 14,
    spec: { width: PLOT_WIDTH, height: 140, encoding: { color: colour }, layer: layers },
  } as object as TopLevelSpec;
}

/** With more rates than this, marks are small. */
const MANY_RATES = 15;

const PANEL_HEADER = {
  title: null,
  labelOrient: 'top',
  labelAnchor: 'start',
  labelFontSize: 11,
} as const;

/** One legend for colour and shape: the methods, then the reference lines as short strokes. */
function seriesOf(sweeps: readonly Sweep[], lines: readonly ReferenceLine[], colours: Colours) {
  const labels = new Map(sweeps.map(([{ method, label }]) => [method, label]));
  const looks = looksOf([...labels.keys()], colours);
  const styles = [
    ...[...labels].map(([method, label]) => ({ label, ...looks.get(method)! })),
    ...[...new Set(lines.map(({ method }) => method))].map((label, i) => ({
      label,
      colour: i === 0 ? INK : FAINT_INK,
      shape: 'stroke',
    })),
  ];
  const domain = styles.map(({ label }) => label);
  const field = { field: 'method', type: 'nominal', title: null } as const;
  return {
    colour: { ...field, scale: { domain, range: styles.map(({ colour }) => colour) } },
    shape: { ...field, scale: { domain, range: styles.map(({ shape }) => shape) } },
  };
}
