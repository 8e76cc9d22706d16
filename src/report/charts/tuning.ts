/**
 * Accuracy before and after fine-tuning, one panel per method, as the difference from the baseline. It shows the gain
 * of further training, next to the gain of a network that was never compressed.
 */

import type { TopLevelSpec } from 'vega-lite';
import { type Aggregate, phasesOf, type Sweep, sweepsOf } from '../aggregate.ts';
import { formatNumber } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import { isControlOf } from '../reference.ts';
import type { Summary } from '../summary.ts';
import { type Line, lineLayers } from './lines.ts';
import { COLOURS } from './palette.ts';
import { rateTicks } from './rate-axis.ts';
import { FAINT_INK, INK, theme } from './theme.ts';
import { TITLE, tipOf } from './tradeoff.ts';

const COLUMNS = 3;
const MOST = 9;
const WIDTH = 160;

/** Null if no method was measured at two rates both before and after. */
export function tuningChart(summary: Summary, texts: FigureTexts): TopLevelSpec | null {
  const { aggregates, controls } = summary;
  const sweeps = sweepsOf(aggregates);
  const after = phasesOf(aggregates).find((phase) => phase.startsWith('fine-tuned'));
  const of = (method: string, phase: string): readonly Aggregate[] =>
    sweeps.find(([first]) => first.method === method && first.phase === phase) ?? [];
  const methods = [...new Set(sweeps.map(([{ method }]) => method))].filter(
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
  const x = {
    title: null,
    scale: { type: 'log', domain, nice: false, padding: 5 },
    axis: { values: rateTicks(rates, WIDTH), labelExpr: 'format(datum.value, "~r")', grid: false },
  };
  const y = {
    title: null,
    scale: { domain: [Math.min(...gains), Math.max(...gains, 0)], nice: true },
    axis: { tickCount: 4, format: '~r' },
  };
  const lines = (pair: (typeof pairs)[number]): readonly Line[] => [
    {
      label: texts.before,
      colour: COLOURS[1],
      shape: 'square',
      dash: [4, 2],
      points: pair.before.map((one) => pointOf(one, texts)),
    },
    {
      label: texts.after,
      colour: COLOURS[0],
      shape: 'circle',
      points: pair.after.map((one) => pointOf(one, texts)),
    },
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
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config: theme,
    title: { ...TITLE, text: texts.gainOverRate, color: INK, offset: 8 },
    columns: COLUMNS,
    spacing: { row: 12, column: 18 },
    resolve: {
      scale: { color: 'shared', shape: 'shared', strokeDash: 'shared' },
      legend: { color: 'shared', shape: 'shared' },
    },
    concat: pairs.map((pair) => ({
      title: { text: pair.before[0].label, limit: WIDTH, ...TITLE },
      width: WIDTH,
      height: 90,
      layer: lineLayers(lines(pair), x, y),
    })),
  } as object as TopLevelSpec;
}

function pointOf(one: Aggregate, texts: FigureTexts): Line['points'][number] {
  return { x: one.rate!, y: 100 * one.gain!, tip: tipOf(one, texts) };
}
