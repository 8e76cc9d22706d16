/** Accuracy over the time for a batch: one panel for the smallest batch and one for the largest. */
import type { TopLevelSpec } from 'vega-lite';
import { groupBy, phasesOf } from '../aggregate.ts';
import { formatNumber } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import type { Summary } from '../summary.ts';
import type { Timing } from '../timings.ts';
import { type Line, lineLayers, SHARED } from './lines.ts';
import { DASHES, looksOf } from './palette.ts';
import { sizeTicks } from './round-numbers.ts';
import { INK, theme } from './theme.ts';
import { TITLE, tipOf } from './tradeoff.ts';

/** Null if no compressed model was measured. */
export function latencyChart(summary: Summary, texts: FigureTexts): TopLevelSpec | null {
  const { timings } = summary;
  if (timings.every(({ of }) => of.rate === null)) return null;
  const panels = panelsOf(timings);
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config: theme,
    spacing: 24,
    resolve: SHARED,
    hconcat: panels.map((panel) => {
      const [{ batch, threads }] = panel;
      return {
        title: { text: texts.batch(batch, threads), ...TITLE },
        width: panels.length === 1 ? 520 : 255,
        height: 180,
        layer: lineLayers(linesOf(panel, summary, texts), ...axesOf(panel, texts)),
      };
    }),
  } as object as TopLevelSpec;
}

type Panel = readonly [Timing, ...Timing[]];

/** With the threads that come first. */
function panelsOf(timings: readonly Timing[]): readonly Panel[] {
  const alike = timings.filter(({ threads }) => threads === timings[0]!.threads);
  const panels = [...groupBy(alike, ({ batch }) => String(batch))].sort(
    ([a], [b]) => a.batch - b.batch,
  );
  return panels.length < 2 ? panels : [panels[0]!, panels.at(-1)!];
}

function axesOf(panel: Panel, texts: FigureTexts) {
  const times = panel.map(({ time }) => time.median);
  // Some room, because all times may be equal.
  const [least, most] = [0.95 * Math.min(...times), 1.05 * Math.max(...times)];
  const x = {
    title: texts.time,
    scale: { type: 'log', domain: [least, most], nice: false, padding: 6 },
    axis: { format: '~g', ...sizeTicks(least, most), grid: false },
  };
  const y = {
    title: texts.accuracy,
    scale: { zero: false, nice: true },
    axis: { tickCount: 5, format: '~r' },
  };
  return [x, y] as const;
}

/** All lines are in every panel, so that the panels share a legend. */
function linesOf(panel: Panel, { aggregates, colours, timings }: Summary, texts: FigureTexts) {
  const all = groupBy(timings, ({ of }) => JSON.stringify([of.method, of.phase]));
  const compressed = all.filter(([{ of }]) => of.rate !== null);
  const looks = looksOf([...new Set(compressed.map(([{ of }]) => of.method))], colours);
  const phases = phasesOf(aggregates);
  return all.map(([{ of }]): Line => {
    const { method, phase, rate, label, accuracy } = of;
    const own = panel.filter((one) => one.of.method === method && one.of.phase === phase);
    const points = pointsOf(own, texts);
    if (rate === null) {
      const name =
        of.protocol === 'baseline'
          ? texts.baseline(formatNumber(accuracy.median, 'percent'))
          : texts.capitalised(texts.phase(phase));
      return { label: name, colour: INK, shape: 'wedge', points };
    }
    return {
      label: phases.length > 1 ? `${label}, ${texts.phase(phase)}` : label,
      ...looks.get(method)!,
      dash: DASHES[phases.indexOf(phase) % DASHES.length]!,
      points,
    };
  });
}

function pointsOf(timings: readonly Timing[], texts: FigureTexts): Line['points'] {
  return [...timings]
    .sort((a, b) => a.time.median - b.time.median)
    .map(({ of, time }) => ({
      x: time.median,
      y: 100 * of.accuracy.median,
      tip: [...tipOf(of, texts), `${texts.time}: ${formatNumber(time.median, 'time')}`],
    }));
}
