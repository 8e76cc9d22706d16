/**
 * What became of each layer: its rank, its parameters and its error, beside the least error possible at
 * that rank. Of post-hoc rows where there are any: later training moves the weights away from any
 * approximation, and their ranks are the same.
 */

import type { Study } from '../study.ts';
import { number, type Table, text } from './table.ts';

export function layersTable({ dataset, model, rows }: Study): Table {
  const isPosthoc = rows.some(({ protocol }) => protocol === 'posthoc');
  return {
    name: 'layers',
    title: `Layers after compression: ${model} on ${dataset}`,
    columns: [
      text('method', 'Method'),
      number('rate', 'CR', 'rate'),
      number('seed', 'Seed', 'rate'),
      text('layer', 'Layer'),
      number('rows', 'Rows', 'count'),
      number('cols', 'Columns', 'count'),
      number('rank', 'Rank', 'count'),
      number('parameters', 'Parameters', 'count'),
      number('relative_error', 'Relative error', 'error'),
      number('optimal_error', 'Least possible', 'error'),
      number('excess', 'Quotient', 'ratio'),
    ],
    rows: rows
      .filter(({ protocol }) => protocol === (isPosthoc ? 'posthoc' : 'finetuned'))
      .flatMap(({ label, rate, seed, layers }) =>
        layers.map((layer) => [
          label,
          rate,
          seed,
          layer.name,
          layer.rows,
          layer.cols,
          layer.rank,
          layer.parameters,
          layer.relativeError,
          layer.optimalError,
          quotient(layer.relativeError, layer.optimalError),
        ]),
      ),
  };
}

function quotient(error: number | null, least: number | null): number | null {
  return error === null || least === null || least === 0 ? null : error / least;
}
