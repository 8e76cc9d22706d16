/**
 * Each layer after compression: its rank, its parameters and its error, next to the least possible error at that rank
 * and the proved bound for the chosen columns and rows. Medians over seeds.
 *
 * Uses post-hoc rows if there are any: later training moves the weights away from any approximation, and the
 * ranks are the same.
 */

import type { LayerRow } from '../../nn/model/history.ts';
import { groupBy } from '../aggregate.ts';
import { medianOf } from '../spread.ts';
import type { Study } from '../study.ts';
import { number, type Table, tableOf, text } from './table.ts';

export function layersTable({ dataset, model, rows }: Study): Table {
  const isPosthoc = rows.some(({ protocol }) => protocol === 'posthoc');
  const compressed = rows.filter(
    ({ protocol }) => protocol === (isPosthoc ? 'posthoc' : 'finetuned'),
  );
  const layers = compressed.flatMap((row) => row.layers.map((layer) => ({ row, layer })));
  const groups = groupBy(layers, ({ row, layer }) =>
    JSON.stringify([row.method, row.rate, layer.name]),
  );
  const compared = groups.map((group) => {
    const layers = group.map((one) => one.layer);
    const quotients = layers.map(excessOf).filter((value) => value !== null);
    return { ...group[0], layers, quotients };
  });
  return tableOf('layers', `Layers after compression: ${model} on ${dataset}`, compared, [
    text('method', 'Method', ({ row }) => row.label),
    number('rate', 'CR', 'rate', ({ row }) => row.rate),
    text('layer', 'Layer', ({ layer }) => layer.name),
    text('kind', 'Kind', ({ layer }) => layer.kind ?? 'dense'),
    number('rows', 'Rows', 'count', ({ layer }) => layer.rows),
    number('cols', 'Columns', 'count', ({ layer }) => layer.cols),
    number('networks', 'Networks', 'count', ({ layers }) => layers.length),
    number('rank', 'Rank', 'rate', (one) => median(one.layers, ({ rank }) => rank)),
    number('parameters', 'Parameters', 'count', (one) =>
      median(one.layers, ({ parameters }) => parameters),
    ),
    number('relative_error', 'Relative error', 'error', (one) =>
      median(one.layers, ({ relativeError }) => relativeError),
    ),
    number('optimal_error', 'Least possible', 'error', (one) =>
      median(one.layers, ({ optimalError }) => optimalError),
    ),
    number('excess', 'Quotient', 'ratio', ({ layers }) => median(layers, excessOf)),
    number('worst_excess', 'Worst quotient', 'ratio', ({ quotients }) =>
      quotients.length === 0 ? null : Math.max(...quotients),
    ),
    number('bound', 'Bound', 'error', (one) => median(one.layers, ({ bound }) => bound ?? null)),
    text('within_bound', 'Within bound', ({ layers }) => withinBound(layers)),
  ]);
}

/** The error divided by the least possible error; null if that is zero or unknown. */
export function excessOf({ relativeError, optimalError }: LayerRow): number | null {
  if (relativeError === null || optimalError === null || optimalError === 0) return null;
  return relativeError / optimalError;
}

function median(
  layers: readonly LayerRow[],
  value: (layer: LayerRow) => number | null,
): number | null {
  const known = layers.map(value).filter((one) => one !== null);
  return known.length === 0 ? null : medianOf(known);
}

function withinBound(layers: readonly LayerRow[]): string {
  const bounded = layers.filter(({ bound }) => bound !== null && bound !== undefined);
  if (bounded.length === 0) return '';
  const beyond = bounded.filter(
    ({ relativeError, bound }) => relativeError! > bound! * (1 + ROUNDING) + ROUNDING,
  );
  return beyond.length === 0 ? 'yes' : `no: ${beyond.length} of ${bounded.length}`;
}

/** For errors of single-precision factors. */
const ROUNDING = 1e-5;
