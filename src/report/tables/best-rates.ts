/**
 * The main table of the paper: each model at its best compression rate, which is the last one before its accuracy
 * first falls below the tolerance.
 */

import type { Aggregate } from '../aggregate.ts';
import { formatNumber } from '../format.ts';
import type { Summary } from '../summary.ts';
import { number, type Table, tableOf, text } from './table.ts';

interface Row {
  readonly label: string;
  readonly phase: string;
  /** The uncompressed network, or the best configuration; null if no rate is within the tolerance. */
  readonly at: Aggregate | null;
  readonly reference: string;
  readonly margin: number | null;
  readonly rate: number | null;
  readonly nominal: number | null;
  readonly total: number | null;
}

export function bestRatesTable({ study, baseline, controls, best, tolerance }: Summary): Table {
  const within = formatNumber(100 * tolerance, 'rate');
  const uncompressed = (at: Aggregate, phase: string): Row => ({
    ...{ label: at.label, phase, at, reference: '', margin: null },
    ...{ rate: 1, nominal: 1, total: 1 },
  });
  const rows: readonly Row[] = [
    ...(baseline === null ? [] : [uncompressed(baseline, '')]),
    ...controls.map((one) => uncompressed(one, one.phase.replace('control', 'trained further'))),
    ...best.map(({ label, phase, at, name, reference }) => ({
      label,
      phase,
      at,
      reference,
      margin: at?.margin ?? null,
      rate: name?.real ?? null,
      nominal: name?.nominal ?? null,
      total: at?.compression.total ?? null,
    })),
  ];
  return tableOf(
    'best',
    `Largest compression within ${within} points of the uncompressed network: ${study.model} on ${study.dataset}`,
    rows,
    [
      text('method', 'Method', ({ label }) => label),
      text('protocol', 'Protocol', ({ phase }) => phase),
      number('accuracy', 'Accuracy', 'percent', ({ at }) => at?.accuracy.median ?? null),
      text('compared_with', 'Compared with', ({ reference }) => reference),
      number('margin', 'Difference', 'points', ({ margin }) => margin),
      number('parameters', 'Parameters', 'count', ({ at }) => at?.parameters.total ?? null),
      number('best_rate', 'Best CR', 'ratio', ({ rate }) => rate),
      number('nominal_rate', 'Nominal', 'rate', ({ nominal }) => nominal),
      number('total_compression', 'Network CR', 'ratio', ({ total }) => total),
    ],
  );
}
