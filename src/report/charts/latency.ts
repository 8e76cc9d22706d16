/**
 * Accuracy over the time for a batch: a panel for the smallest batch and one for the largest, and a row of panels for
 * each phase.
 */
import type { TopLevelSpec } from 'vega-lite';
import { groupBy, phasesOf } from '../aggregate.ts';
import { formatNumber } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import type { Summary } from '../summary.ts';
import type { Timing } from '../timings.ts';
import { type Canvas, plotWidth, scaleOf } from './canvas.ts';
import { type Line, lineLayers, SHARED, within } from './lines.ts';
import { sizeTicks } from './round-numbers.ts';
import { BASELINE, chart } from './theme.ts';
import { tipOf } from './tradeoff.ts';

/** Null if no compressed model was measured. */
export function latencyChart(
  summary: Summary,
  texts: FigureTexts,
  canvas: Canvas,
): TopLevelSpec | null {
  const { timings } = summary;
  const phases = phasesOf(timings.map(({ of }) => of));
  if (phases.length === 0) return null;
  const batches = batchesOf(timings);
  const panel = (batch: Batch, phase: string): object => {
    const [{ batch: size, threads }] = batch;
    const name = texts.batch(size, threads);
    const text = phases.length === 1 ? name : `${name}: ${texts.phase(phase)}`;
    return {
      title: text,
      width: plotWidth(canvas.page, batches.length),
      height: 180,
      layer: lineLayers(
        linesOf(batch, phase, summary, texts).map((line) => within(line, canvas.accuracy)),
        ...axesOf(batch, texts, canvas),
      ),
    };
  };
  const resolve = { ...SHARED, scale: { ...SHARED.scale, y: 'shared' } };
  return chart(
    {
      spacing: 24,
      resolve,
      vconcat: phases.map((phase) => ({
        spacing: 24,
        resolve,
        hconcat: batches.map((batch) => panel(batch, phase)),
      })),
    },
    canvas,
  );
}

type Batch = readonly [Timing, ...Timing[]];

/** The smallest and the largest, with the fewest threads. */
function batchesOf(timings: readonly Timing[]): readonly Batch[] {
  const threads = Math.min(...timings.map((one) => one.threads));
  const alike = timings.filter((one) => one.threads === threads);
  const batches = groupBy(alike, ({ batch }) => String(batch));
  const sorted = [...batches].sort(([a], [b]) => a.batch - b.batch);
  return sorted.length < 2 ? sorted : [sorted[0]!, sorted.at(-1)!];
}

function axesOf(batch: Batch, texts: FigureTexts, { accuracy }: Canvas) {
  const times = batch.map(({ time }) => time.median);
  // Some room, because all times may be equal.
  const [least, most] = [0.95 * Math.min(...times), 1.05 * Math.max(...times)];
  const x = {
    title: texts.time,
    scale: { type: 'log', domain: [least, most], nice: false, padding: 6 },
    axis: { format: '~g', ...sizeTicks(least, most), grid: false },
  };
  const y = {
    title: texts.accuracy,
    scale: scaleOf(accuracy),
    axis: { tickCount: 5, format: '~r' },
  };
  return [x, y] as const;
}

/** Every method is in every panel, so that the panels share a legend. */
function linesOf(
  batch: Batch,
  phase: string,
  { baseline, looks, timings }: Summary,
  texts: FigureTexts,
): readonly Line[] {
  const compressed = timings.filter(({ of }) => of.rate !== null);
  const points = (isShown: (timing: Timing) => boolean) => pointsOf(batch.filter(isShown), texts);
  const lines = [...looks].flatMap(([method, look]): readonly Line[] => {
    const known = compressed.find(({ of }) => of.method === method);
    if (known === undefined) return [];
    const ofMethod = points(({ of }) => of.method === method && of.phase === phase);
    return [{ label: known.of.label, ...look, points: ofMethod }];
  });
  if (baseline === null) return lines;
  const label = texts.baseline(formatNumber(baseline.accuracy.median, 'percent'));
  const original = points(({ of }) => of === baseline);
  return [...lines, { label, ...BASELINE, points: original }];
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
