/**
 * The difference of each method from SVD at equal numbers of parameters, with the interval of its verdict: one row per
 * method, one panel per phase. Colour and shape show the verdict.
 */

import type { TopLevelSpec } from 'vega-lite';
import { formatNumber } from '../format.ts';
import type { Hypothesis } from '../hypotheses.ts';
import type { FigureTexts } from '../locales/texts.ts';
import { COLOURS } from './palette.ts';
import { FAINT_INK, INK, theme } from './theme.ts';
import { TOOLTIP, tip } from './tooltip.ts';

/** Null if nothing was tested. */
export function differencesChart(
  hypotheses: readonly Hypothesis[],
  texts: FigureTexts,
): TopLevelSpec | null {
  const values = hypotheses.flatMap(({ label, phase, estimate, test, verdict }) =>
    estimate === null || test === null
      ? []
      : [
          {
            method: label,
            panel: texts.capitalised(texts.phase(phase)),
            mean: 100 * estimate.mean,
            lower: 100 * test.lower,
            upper: 100 * test.upper,
            verdict: texts.capitalised(texts.phase(verdict)),
            tip: tip(
              label,
              label,
              texts.phase(phase),
              `${formatNumber(estimate.mean, 'points')} (${formatNumber(test.lower, 'points')} … ${formatNumber(test.upper, 'points')}, ${formatNumber(test.level, 'percent')})`,
            ),
          },
        ],
  );
  if (values.length === 0) return null;
  const panels = [...new Set(values.map(({ panel }) => panel))];
  // In the order of the first panel, the best first. Methods that only other panels have come last.
  const place = ({ panel, mean }: (typeof values)[number]): number =>
    1e6 * panels.indexOf(panel) - mean;
  const methods = [
    ...new Set([...values].sort((a, b) => place(a) - place(b)).map(({ method }) => method)),
  ];
  const ends = [0, ...values.flatMap(({ lower, upper }) => [lower, upper])];
  const x = {
    type: 'quantitative',
    title: texts.word('Points above SVD'),
    scale: { domain: [Math.min(...ends), Math.max(...ends)], nice: true },
    axis: { tickCount: 4, format: '~r', grid: true },
  } as const;
  const y = {
    field: 'method',
    type: 'nominal',
    sort: methods,
    title: null,
    axis: { grid: false, labelLimit: 0, domain: false, ticks: false },
  } as const;
  const field = { field: 'verdict', type: 'nominal', title: null } as const;
  const styles = VERDICTS.map((style) => ({
    ...style,
    verdict: texts.capitalised(texts.phase(style.verdict)),
  })).filter((style) => values.some((one) => one.verdict === style.verdict));
  const domain = styles.map(({ verdict }) => verdict);
  const colour = {
    ...field,
    scale: { domain, range: styles.map((style) => style.colour) },
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config: theme,
    data: { values },
    facet: {
      field: 'panel',
      type: 'nominal',
      sort: panels,
      title: null,
      header: { labelAnchor: 'start', labelLimit: 0 },
    },
    columns: 2,
    // Keeps the labels at the ends of two axes apart.
    spacing: 30,
    spec: {
      width: panels.length === 1 ? 290 : 170,
      height: { step: 15 },
      layer: [
        {
          mark: { type: 'rule', color: INK, strokeWidth: 0.75 },
          encoding: { x: { ...x, datum: 0 } },
        },
        {
          mark: { type: 'rule', strokeWidth: 1.5 },
          encoding: { y, x: { ...x, field: 'lower' }, x2: { field: 'upper' }, color: colour },
        },
        {
          mark: { type: 'point', filled: true, opacity: 1, size: 36, aria: true },
          encoding: {
            ...TOOLTIP,
            y,
            x: { ...x, field: 'mean' },
            color: colour,
            shape: { ...field, scale: { domain, range: styles.map(({ shape }) => shape) } },
          },
        },
      ],
    },
  } as object as TopLevelSpec;
}

const VERDICTS = [
  { verdict: 'better', colour: COLOURS[0], shape: 'triangle-right' },
  { verdict: 'worse', colour: COLOURS[1], shape: 'triangle-left' },
  { verdict: 'no difference shown', colour: FAINT_INK, shape: 'circle' },
] as const;
