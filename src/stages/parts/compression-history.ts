/** What a compressed model tells of how it came to be. */
import type { LayerRow } from '../../report/results.ts';
import type { ModelHistory } from './model-history.ts';

type Compression = NonNullable<ModelHistory['compression']>;

interface Method {
  readonly name: string;
  readonly label: string;
  readonly family: 'svd' | 'cur';
  readonly random: boolean;
}

interface Asked {
  readonly rate: number | null;
  readonly energy: number | null;
  readonly allocation: 'uniform' | 'budget' | 'accuracy';
  readonly layers: 'dense' | 'all';
  readonly scheme: string;
  readonly form?: string | null;
  readonly core?: string | null;
  readonly oversampling?: number | null;
  readonly seed: number;
}

export function compressionHistory(
  method: Method,
  { rate, energy, allocation, layers, scheme, form, core, oversampling, seed }: Asked,
  rows: readonly LayerRow[],
): Compression {
  // Each option makes another method of it: results of two must not count as draws of one.
  const options = [form, core, oversampling && `rows x${oversampling}`].filter(Boolean);
  return {
    method: [method.name, ...options].join(' '),
    label: options.length > 0 ? `${method.label} (${options.join(', ')})` : method.label,
    family: method.family,
    rate: rate ?? achievedRate(rows),
    allocation: energy === null ? allocation : 'energy',
    scheme: layers === 'all' ? scheme : null,
    seed: method.random ? seed : null,
    layers: rows,
  };
}

/** Weights of the factored layers before over after, to three figures: where no rate was asked for. */
function achievedRate(rows: readonly LayerRow[]): number {
  const factored = rows.filter(({ rank }) => rank !== null);
  const before = factored.reduce((sum, { rows: m, cols: n }) => sum + m * n, 0);
  const after = factored.reduce((sum, { parameters }) => sum + parameters, 0);
  return after === 0 ? 1 : Number((before / after).toPrecision(3));
}
