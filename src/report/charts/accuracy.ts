/**
 * Accuracy over compression rate, one panel per phase: medians over seeds with the band between the quartiles, and the
 * baseline as a line. For a few methods; `accuracy-panels` is for more.
 */

import type { TopLevelSpec } from 'vega-lite';
import { phasesOf, sweepsOf } from '../aggregate.ts';
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
import { type Canvas, plotWidth } from './canvas.ts';
import { HUE, lineScales } from './lines.ts';
import type { Looks } from './palette.ts';
import { rateEncoding } from './rate-axis.ts';
import { chart, FAINT_INK, INK } from './theme.ts';
import { TOOLTIP } from './tooltip.ts';

/** Null if nothing was compressed, or if no result is near the baseline. */
export function accuracyChart(
  summary: Summary,
  view: AccuracyView,
  texts: FigureTexts,
  canvas: Canvas,
): TopLevelSpec | null {
  const { aggregates } = summary;
  const frame = frameOf(summary, aggregates, view, texts, canvas);
  if (frame === null) return null;
  const sweeps = sweepsOf(aggregates);
  const points = sweeps
    .flatMap((sweep) => pointsOf(sweep, frame, texts))
    .map((point) => ({ ...point, panel: texts.capitalised(texts.phase(point.phase)) }));
  if (points.every(({ y }) => y === null)) return null;

  const phases = phasesOf(aggregates);
  const panels = phases.map((phase) => texts.capitalised(texts.phase(phase)));
  const labels = new Map(sweeps.map(([{ method, label }]) => [method, label]));
  const { color, strokeDash, ...marks } = scalesOf(labels, frame.references, summary.looks);
  const rates = [...new Set(sweeps.flat().map(({ rate }) => rate!))];
  const width = plotWidth(canvas.column);
  const horizontal = rateEncoding(rates, [...labels.values()], texts.rate, width);
  const vertical = verticalOf(frame);
  const y = { ...vertical, field: 'y' };
  const band = { ...horizontal, y: { ...vertical, field: 'lower' }, y2: { field: 'upper' } };
  const series = { description: { field: 'series', type: 'nominal' } } as const;
  const isSingle = rates.length === 1;
  const layers = [
    {
      transform: [{ filter: "datum.kind === 'reference'" }],
      mark: { type: 'rule', strokeWidth: 1 },
      encoding: { y, color },
    },
    {
      transform: [{ filter: "datum.kind === 'series' && datum.seeds > 1" }],
      mark: isSingle
        ? { type: 'rule', strokeWidth: 1.5 }
        : { type: 'area', fillOpacity: 0.18, aria: true },
      encoding: { ...band, color, ...series },
    },
    {
      transform: [{ filter: "datum.kind === 'series'" }],
      mark: { type: 'line', aria: true },
      encoding: { ...horizontal, y, color, strokeDash, ...series },
    },
    {
      transform: [{ filter: "datum.kind === 'series' && datum.isMeasured && datum.y !== null" }],
      mark: {
        type: 'point',
        opacity: 1,
        aria: true,
        size: rates.length > MANY_RATES ? 12 : 30,
      },
      encoding: { ...horizontal, y, ...marks, ...TOOLTIP },
    },
  ].filter(({ mark }) => !(isSingle && mark.type === 'line'));
  return chart(
    {
      data: {
        values: [
          ...points,
          ...phases.flatMap((phase, i) =>
            linesOf(frame, phase).map((line) => ({ ...line, panel: panels[i] })),
          ),
        ].map((point) => ({ ...point, [HUE]: point.method })),
      },
      facet: { row: { field: 'panel', type: 'nominal', sort: panels, header: PANEL_HEADER } },
      spacing: 14,
      spec: { width, height: 140, layer: layers },
    },
    canvas,
  );
}

/** With more rates than this, marks are small. */
const MANY_RATES = 15;

const PANEL_HEADER = { title: null, labelOrient: 'top' } as const;

/** The methods in the order of their curves, then the reference lines as short strokes. */
function scalesOf(
  labels: ReadonlyMap<string, string>,
  lines: readonly ReferenceLine[],
  looks: Looks,
) {
  const methods = [...looks].flatMap(([method, look]) =>
    labels.has(method) ? [{ label: labels.get(method)!, ...look }] : [],
  );
  const references = [...new Set(lines.map(({ method }) => method))].map((label, i) => ({
    label,
    colour: i === 0 ? INK : FAINT_INK,
    shape: 'stroke',
  }));
  return lineScales([...methods, ...references], 'method');
}
