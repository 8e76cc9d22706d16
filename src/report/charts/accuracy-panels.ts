/**
 * Accuracy over compression rate for many methods in one phase: one small panel per method. The SVD that it was
 * compared with is a dashed line in it. Medians over seeds with the band between the quartiles.
 * Everything to compare is in one panel, so that readers need no legend of fifteen names.
 */

import type { TopLevelSpec } from 'vega-lite';
import { type Sweep, sweepsOf } from '../aggregate.ts';
import type { FigureTexts } from '../locales/texts.ts';
import type { Summary } from '../summary.ts';
import { type AccuracyView, frameOf, linesOf, pointsOf, verticalOf } from './accuracy-frame.ts';
import { type Canvas, plotWidth } from './canvas.ts';
import { textWidths } from './font.ts';
import { HUE } from './lines.ts';
import { DASHES } from './palette.ts';
import { rateTicks } from './rate-axis.ts';
import { chart, FAINT_INK, INK } from './theme.ts';
import { TOOLTIP } from './tooltip.ts';

/** Null if a panel would be empty, or if there are no two rates to draw a line between. */
export function accuracyPanels(
  summary: Summary,
  view: AccuracyView,
  phase: string,
  texts: FigureTexts,
  canvas: Canvas,
): TopLevelSpec | null {
  const places = [...summary.looks.keys()];
  const sweeps = sweepsOf(summary.aggregates)
    .filter(([first]) => first.phase === phase)
    .sort(([a], [b]) => places.indexOf(a.method) - places.indexOf(b.method));
  const frame = frameOf(summary, sweeps.flat(), view, texts, canvas);
  const rates = [...new Set(sweeps.flat().map(({ rate }) => rate!))];
  if (frame === null || rates.length < 2) return null;
  const { hypotheses } = summary;
  const compared = hypotheses.filter((one) => one.phase === phase);
  const width = plotWidth(canvas.page, COLUMNS, GAP, AXIS);
  const drawn = (of: Sweep | undefined, line: string) =>
    of === undefined ? [] : pointsOf(of, frame, texts).map((point) => ({ ...point, line }));
  const lines = sweeps.flatMap((sweep) => {
    const { label, method } = sweep[0];
    // An SVD that others are compared with is in their panels already.
    if (compared.some(({ reference }) => reference === label)) return [];
    const reference = compared.find((one) => one.label === label)?.reference;
    const svd = sweeps.find(([first]) => first.label === reference);
    return [{ label, method, points: [...drawn(svd, SVD), ...drawn(sweep, label)] }];
  });
  if (lines.length === 0 || lines.every(({ points }) => points.every(({ y }) => y === null))) {
    return null;
  }
  const panels = lines.map(({ label }) => wrapped(label, width, canvas));
  const references = linesOf(frame, phase).map(({ y, method }) => ({
    kind: 'reference',
    line: method,
    y,
  }));
  const { looks } = summary;
  const shown = [
    ...(compared.length === 0
      ? []
      : [{ line: SVD, colour: looks.get('svd')?.colour ?? INK, dash: [4, 2] }]),
    ...references.map(({ line }, i) => ({
      line,
      colour: i === 0 ? INK : FAINT_INK,
      dash: i === 0 ? DASHES[0]! : [1, 2],
    })),
  ];
  const methods = lines.map(({ label, method }) => ({ line: label, ...looks.get(method)! }));
  const styles = [...shown, ...methods.map((style) => ({ ...style, dash: DASHES[0]! }))];
  const legend = { ...LEGEND, values: shown.map(({ line }) => line) };
  const field = { field: 'line', type: 'nominal', title: null, legend } as const;
  const domain = styles.map(({ line }) => line);
  const colour = { ...field, scale: { domain, range: styles.map((style) => style.colour) } };
  const dash = { ...field, scale: { domain, range: styles.map((style) => style.dash) } };
  const shape = {
    field: HUE,
    type: 'nominal',
    scale: { domain: methods.map(({ line }) => line), range: methods.map((look) => look.shape) },
    legend: null,
  };
  const x = {
    field: 'rate',
    type: 'quantitative',
    title: null,
    scale: {
      type: 'log',
      domain: [Math.min(...rates), Math.max(...rates)],
      nice: false,
      padding: 5,
    },
    axis: {
      values: rateTicks(rates, width),
      labelExpr: 'format(datum.value, "~r")',
      grid: false,
    },
  } as const;
  const vertical = { ...verticalOf(frame), title: null };
  const y = { ...vertical, field: 'y' };
  return chart(
    {
      title: { text: `${frame.title} ${texts.word('over compression rate')} (CR)`, offset: 8 },
      data: {
        values: lines.flatMap(({ points }, i) =>
          [...points, ...references].map((point) => ({
            ...point,
            panel: panels[i],
            [HUE]: point.line,
          })),
        ),
      },
      facet: { field: 'panel', type: 'nominal', sort: panels, title: null, header: HEADER },
      columns: COLUMNS,
      spacing: { row: 10, column: 16 },
      spec: {
        width,
        height: 88,
        encoding: { color: colour },
        layer: [
          {
            transform: [{ filter: "datum.kind === 'reference'" }],
            mark: { type: 'rule', strokeWidth: 0.75 },
            encoding: { y, strokeDash: dash },
          },
          {
            transform: [{ filter: "datum.kind === 'series' && datum.seeds > 1" }],
            mark: { type: 'area', fillOpacity: 0.22 },
            encoding: { x, y: { ...vertical, field: 'lower' }, y2: { field: 'upper' } },
          },
          {
            transform: [{ filter: "datum.kind === 'series'" }],
            mark: { type: 'line', strokeWidth: 1.25 },
            encoding: { x, y, strokeDash: dash },
          },
          {
            transform: [
              {
                filter: `datum.line !== ${JSON.stringify(SVD)} && datum.isMeasured && datum.y !== null`,
              },
            ],
            mark: {
              type: 'point',
              filled: true,
              opacity: 1,
              aria: true,
              size: rates.length > 15 ? 6 : 18,
            },
            encoding: { x, y, shape, ...TOOLTIP },
          },
        ],
      },
    },
    canvas,
  );
}

const SVD = 'SVD';
const COLUMNS = 3;
const GAP = 16;
/** The axes have no titles. */
const AXIS = 40;
const HEADER_SIZE = 10;
const LINE_BREAK = '\n';

const LEGEND = { symbolType: 'stroke', symbolSize: 250, columns: 4 } as const;

const HEADER = {
  labelLineHeight: HEADER_SIZE + 3,
  labelExpr: `split(datum.label, ${JSON.stringify(LINE_BREAK)})`,
} as const;

/** Wraps a title that is wider than a panel. */
function wrapped(label: string, room: number, { font }: Canvas): string {
  const width = textWidths(font);
  const lines: string[] = [];
  for (const word of label.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && width(longer, HEADER_SIZE) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join(LINE_BREAK);
}
