/**
 * Accuracy before and after fine-tuning, one panel per method, as the difference from the baseline. It shows the gain
 * of further training, next to the gain of a network that was never compressed. Each panel has the colour and the mark
 * of its method, so the legend, which all share, is in black.
 */

import type { TopLevelSpec } from 'vega-lite';
import { type Aggregate, phasesOf, type Sweep, sweepsOf } from '../aggregate.ts';
import { formatNumber } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import { isControlOf } from '../reference.ts';
import type { Summary } from '../summary.ts';
import { type Canvas, plotWidth } from './canvas.ts';
import { type Line, lineInOneColour, lineLayers, SHARED, TUNED_DASHES } from './lines.ts';
import { DASHES } from './palette.ts';
import { rateTicks } from './rate-axis.ts';
import { chart, FAINT_INK, INK } from './theme.ts';
import { tipOf } from './tradeoff.ts';

const COLUMNS = 3;
const MOST = 9;
const GAP = 18;
/** The axes have no titles. */
const AXIS = 42;

/** Null if no method was measured at two rates both before and after. */
export function tuningChart(
  summary: Summary,
  texts: FigureTexts,
  canvas: Canvas,
): TopLevelSpec | null {
  const { aggregates, controls } = summary;
  const sweeps = sweepsOf(aggregates);
  const after = phasesOf(aggregates).find((phase) => phase.startsWith('fine-tuned'));
  const of = (method: string, phase: string): readonly Aggregate[] =>
    sweeps.find(([first]) => first.method === method && first.phase === phase) ?? [];
  const methods = [...summary.looks.keys()].filter(
    (method) =>
      after !== undefined && of(method, 'post-hoc').length > 1 && of(method, after).length > 1,
  );
  const pairs = methods.slice(0, MOST).map((method) => ({
    before: of(method, 'post-hoc') as Sweep,
    after: of(method, after!) as Sweep,
  }));
  if (pairs.length === 0 || summary.baseline === null) return null;
  const all = pairs.flatMap((pair) => [...pair.before, ...pair.after]);
  const rates = [...new Set(all.map(({ rate }) => rate!))];
  const domain = [Math.min(...rates), Math.max(...rates)];
  const control = controls.find((one) => isControlOf(one, pairs[0]!.after[0]));
  const gains = [...all, ...(control ? [control] : [])].map(({ gain }) => 100 * gain!);
  const width = plotWidth(canvas.page, COLUMNS, GAP, AXIS);
  const x = {
    title: null,
    scale: { type: 'log', domain, nice: false, padding: 5 },
    axis: { values: rateTicks(rates, width), labelExpr: 'format(datum.value, "~r")', grid: false },
  };
  const y = {
    title: null,
    scale: { domain: [Math.min(...gains), Math.max(...gains, 0)], nice: true },
    axis: { tickCount: 4, format: '~r' },
  };
  const phases = [
    { label: texts.before, dash: DASHES[0]!, isHollow: false },
    { label: texts.after, dash: TUNED_DASHES[0], isHollow: true },
  ];
  const legend: readonly Line[] = [
    ...phases.map((phase) => ({ ...phase, colour: INK, shape: 'circle', points: [] })),
    ...(control === undefined
      ? []
      : [
          {
            label: texts.control(formatNumber(control.gain, 'points')),
            colour: FAINT_INK,
            shape: 'stroke',
            dash: [1, 2],
            points: domain.map((rate) => ({ x: rate, y: 100 * control.gain!, tip: [] })),
          },
        ]),
  ];
  const panel = ({ before, after }: (typeof pairs)[number]): object => {
    const look = summary.looks.get(before[0].method)!;
    const lines = [before, after].map((sweep, i) => ({
      ...look,
      ...phases[i]!,
      points: sweep.map((one) => pointOf(one, texts)),
    }));
    return {
      title: { text: before[0].label, limit: width },
      width,
      height: 90,
      layer: [...lineLayers(legend, x, y), ...lines.flatMap((line) => lineInOneColour(line, x, y))],
    };
  };
  return chart(
    {
      title: { text: texts.gainOverRate, offset: 8 },
      columns: COLUMNS,
      spacing: { row: 12, column: GAP },
      resolve: SHARED,
      concat: pairs.map(panel),
    },
    canvas,
  );
}

function pointOf(one: Aggregate, texts: FigureTexts): Line['points'][number] {
  return { x: one.rate!, y: 100 * one.gain!, tip: tipOf(one, texts) };
}
