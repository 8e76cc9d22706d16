/**
 * What became of each layer: its rank, its parameters and its error, beside the least error possible at
 * that rank and the bound that is proved for the columns and rows chosen. Medians over seeds.
 *
 * Of post-hoc rows where there are any: later training moves the weights away from any approximation,
 * and their ranks are the same.
 */

import type { LayerRow } from '../../nn/model/history.ts';
import { groupBy } from '../aggregate.ts';
import { medianOf } from '../spread.ts';
import type { Study } from '../study.ts';
import { type Cell, number, type Table, text } from './table.ts';

export function layersTable({ dataset, model, rows }: Study): Table {
  const isPosthoc = rows.some(({ protocol }) => protocol === 'posthoc');
  const compressed = rows.filter(
    ({ protocol }) => protocol === (isPosthoc ? 'posthoc' : 'finetuned'),
  );
  const layers = compressed.flatMap((row) => row.layers.map((layer) => ({ row, layer })));
  const groups = groupBy(layers, ({ row, layer }) =>
    JSON.stringify([row.method, row.rate, layer.name]),
  );
  return {
    name: 'layers',
    title: `Layers after compression: ${model} on ${dataset}`,
    columns: [
      text('method', 'Method'),
      number('rate', 'CR', 'rate'),
      text('layer', 'Layer'),
      text('kind', 'Kind'),
      number('rows', 'Rows', 'count'),
      number('cols', 'Columns', 'count'),
      number('networks', 'Networks', 'count'),
      number('rank', 'Rank', 'rate'),
      number('parameters', 'Parameters', 'count'),
      number('relative_error', 'Relative error', 'error'),
      number('optimal_error', 'Least possible', 'error'),
      number('excess', 'Quotient', 'ratio'),
      number('worst_excess', 'Worst quotient', 'ratio'),
      number('bound', 'Bound', 'error'),
      text('within_bound', 'Within bound'),
    ],
    rows: groups.map((group): readonly Cell[] => {
      const [{ row, layer }] = group;
      const all = group.map((one) => one.layer);
      const quotients = all.map(excessOf).filter((value) => value !== null);
      return [
        row.label,
        row.rate,
        layer.name,
        layer.kind ?? 'dense',
        layer.rows,
        layer.cols,
        all.length,
        median(all.map(({ rank }) => rank)),
        median(all.map(({ parameters }) => parameters)),
        median(all.map(({ relativeError }) => relativeError)),
        median(all.map(({ optimalError }) => optimalError)),
        median(quotients),
        quotients.length === 0 ? null : Math.max(...quotients),
        median(all.map(({ bound }) => bound ?? null)),
        withinBound(all),
      ];
    }),
  };
}

/** The error over the least one possible; null where there is none to divide by. */
export function excessOf({ relativeError, optimalError }: LayerRow): number | null {
  if (relativeError === null || optimalError === null || optimalError === 0) return null;
  return relativeError / optimalError;
}

function median(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
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

/** Of errors of single-precision factors. */
const ROUNDING = 1e-5;
