/** The part of a compressed model's history that says how it was compressed. */
import type { Compression } from '../../nn/model/history.ts';
import type { CompressedModel } from './compress-model.ts';

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
  { layers: rows, achieved }: Pick<CompressedModel, 'layers' | 'achieved'>,
): Compression {
  // Each option makes another method. Results with different options must not count as draws of one method.
  const options = [form, core, oversampling && `rows x${oversampling}`].filter(Boolean);
  return {
    method: [method.name, ...options].join(' '),
    label: options.length > 0 ? `${method.label} (${options.join(', ')})` : method.label,
    family: method.family,
    rate: rate ?? threeFigures(achieved),
    achieved,
    allocation: energy === null ? allocation : 'energy',
    scheme: layers === 'all' ? scheme : null,
    seed: method.random ? seed : null,
    layers: rows,
  };
}

/** If no rate was requested, the rank or energy names the result. */
function threeFigures(rate: number): number {
  return Number(rate.toPrecision(3));
}
