/**
 * Accuracy over compression rate, a panel a protocol: medians over seeds with the band between the
 * quartiles, and the baseline as a line. Two views of it: the whole range, and a close look at the
 * neighbourhood of the baseline, where it is decided how far a network can be compressed without loss.
 */

import type { TopLevelSpec } from 'vega-lite';
import { type Aggregate, protocolsOf, type Sweep, sweepsOf } from '../aggregate.ts';
import { capitalised, formatNumber } from '../format.ts';
import type { Protocol } from '../results.ts';
import { PROTOCOL_NAMES } from '../study.ts';
import type { Summary } from '../summary.ts';
import { cropped } from './cropped-series.ts';
import { looksOf } from './palette.ts';
import { rateEncoding } from './rate-axis.ts';
import { FAINT_INK, INK, PLOT_WIDTH, theme } from './theme.ts';

export type AccuracyView = 'whole' | 'near-baseline';

/** Null where nothing was compressed, or where nothing is near the baseline. */
export function accuracyChart(summary: Summary, view: AccuracyView): TopLevelSpec | null {
  const { aggregates, tolerance } = summary;
  const baseline = summary.baseline?.accuracy.median ?? null;
  const frame = view === 'whole' ? WHOLE : nearFrame(aggregates, baseline, tolerance);
  if (frame === null) return null;
  const sweeps = sweepsOf(aggregates);
  const points = sweeps.flatMap((sweep) => pointsOf(sweep, frame));
  if (points.every(({ y }) => y === null)) return null;

  const protocols = protocolsOf(aggregates);
  const panels = protocols.map(panelOf);
  const lines = referenceLines(baseline, view === 'whole' ? null : tolerance, frame);
  const { colour, shape } = seriesOf(sweeps, lines);
  const rates = [...new Set(sweeps.flat().map(({ rate }) => rate!))];
  const horizontal = rateEncoding(rates, [...new Set(sweeps.map(([{ label }]) => label))]);
  const vertical = {
    type: 'quantitative',
    title: frame.title,
    scale: frame.scale,
    axis: { tickCount: 5, format: '~r' },
  } as const;
  const y = { ...vertical, field: 'y' } as const;
  const band = { ...horizontal, y: { ...vertical, field: 'lower' }, y2: { field: 'upper' } };
  const isSingle = rates.length === 1;
  const dash = {
    field: 'panel',
    type: 'nominal',
    scale: { domain: panels, range: protocols.map((protocol) => DASH_OF[protocol]) },
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
      mark: isSingle ? { type: 'rule', strokeWidth: 1.5 } : { type: 'area', fillOpacity: 0.18 },
      encoding: band,
    },
    {
      transform: [{ filter: "datum.kind === 'series'" }],
      mark: { type: 'line' },
      encoding: { ...horizontal, y, strokeDash: dash },
    },
    {
      transform: [{ filter: "datum.kind === 'series' && datum.isMeasured && datum.y !== null" }],
      mark: { type: 'point', filled: true, opacity: 1, size: rates.length > MANY ? 12 : 30 },
      encoding: { ...horizontal, y, shape },
    },
  ].filter(({ mark }) => !(isSingle && mark.type === 'line'));
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config: theme,
    data: {
      values: [...points, ...panels.flatMap((panel) => lines.map((line) => ({ ...line, panel })))],
    },
    facet: { row: { field: 'panel', type: 'nominal', sort: panels, header: PANEL_HEADER } },
    spacing: 14,
    spec: { width: PLOT_WIDTH, height: 140, encoding: { color: colour }, layer: layers },
  } as object as TopLevelSpec;
}

/** More rates than this have small marks. */
const MANY = 15;

const PANEL_HEADER = {
  title: null,
  labelOrient: 'top',
  labelAnchor: 'start',
  labelFontSize: 11,
} as const;

const DASH_OF = {
  posthoc: [1, 0],
  finetuned: [5, 2.5],
  baseline: [1, 0],
  control: [1, 0],
} as const;

/** What of the accuracies is drawn, in percentage points above `origin`. */
interface Frame {
  readonly title: string;
  /** A share. */
  readonly origin: number;
  readonly floor: number;
  readonly scale: Readonly<Record<string, unknown>>;
}

const WHOLE: Frame = {
  title: 'Test accuracy (%)',
  origin: 0,
  floor: 0,
  scale: { zero: false, nice: true },
};

/** Down to four tolerances, up to the best result. */
function nearFrame(
  aggregates: readonly Aggregate[],
  baseline: number | null,
  tolerance: number,
): Frame | null {
  if (baseline === null) return null;
  const floor = -400 * tolerance;
  const best = Math.max(
    ...aggregates.map(({ accuracy }) => 100 * (accuracy.upperQuartile - baseline)),
  );
  return {
    title: 'Difference (points)',
    origin: baseline,
    floor,
    scale: { domain: [floor, Math.max(100 * tolerance, 1.1 * best)], nice: false },
  };
}

function panelOf(protocol: Protocol): string {
  return capitalised(PROTOCOL_NAMES[protocol]);
}

function pointsOf(sweep: Sweep, { origin, floor }: Frame) {
  const drawn = sweep.map(({ rate, accuracy }) => ({
    rate: rate!,
    y: 100 * (accuracy.median - origin),
    lower: 100 * (accuracy.lowerQuartile - origin),
    upper: 100 * (accuracy.upperQuartile - origin),
  }));
  const { label, protocol } = sweep[0];
  const seeds = Math.max(...sweep.map(({ accuracy }) => accuracy.count));
  return cropped(drawn, floor).map((point) => ({
    ...point,
    kind: 'series',
    panel: panelOf(protocol),
    method: label,
    seeds,
  }));
}

interface ReferenceLine {
  readonly kind: 'reference';
  readonly method: string;
  readonly y: number;
}

function referenceLines(
  baseline: number | null,
  tolerance: number | null,
  { origin }: Frame,
): readonly ReferenceLine[] {
  if (baseline === null) return [];
  const line = (method: string, y: number): ReferenceLine => ({ kind: 'reference', method, y });
  return [
    line(`Baseline (${formatNumber(baseline, 'percent')})`, 100 * (baseline - origin)),
    ...(tolerance === null
      ? []
      : [line(`Tolerance (${formatNumber(-tolerance, 'points')})`, -100 * tolerance)]),
  ];
}

/** One legend for colour and shape: the methods, then the reference lines as short strokes. */
function seriesOf(sweeps: readonly Sweep[], lines: readonly ReferenceLine[]) {
  const labels = new Map(sweeps.map(([{ method, label }]) => [method, label]));
  const looks = looksOf([...labels.keys()]);
  const styles = [
    ...[...labels].map(([method, label]) => ({ label, ...looks.get(method)! })),
    ...lines.map(({ method }, i) => ({
      label: method,
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
