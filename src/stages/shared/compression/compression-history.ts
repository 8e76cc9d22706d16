/** The history of a compressed model. */
import type { Compression, LayerRow, ModelHistory } from '../../../nn/model/history.ts';
import { type Unit, unitNames } from '../layers/budget-units.ts';
import type { LayerSelection } from '../layers/layer-selection.ts';
import { unitOf } from '../ranks/chosen-forms.ts';
import type { CompressedModel } from './compressible-model.ts';

interface Method {
  readonly name: string;
  readonly label: string;
  readonly family: Compression['family'];
  readonly random: boolean;
}

interface Asked {
  readonly rate: number | null;
  readonly energy: number | null;
  readonly allocation: 'uniform' | 'budget' | 'accuracy';
  readonly layers: LayerSelection;
  readonly scheme: string | null;
  readonly form?: string | null;
  readonly core?: string | null;
  readonly oversampling?: number | null;
  readonly quantize?: 'int8' | null;
  readonly budget?: Unit | null;
  readonly seed: number;
}

/** A result of several methods counts as one of the first of these. */
const FAMILIES = ['cur', 'svd', 'int8'] as const;

export interface CompressedHistory extends ModelHistory {
  readonly compression: Compression;
}

/** @param history of the model before */
export function compressedHistory(
  history: ModelHistory,
  method: Method,
  asked: Asked,
  { rows, achieved }: Pick<CompressedModel, 'rows' | 'achieved'>,
): CompressedHistory {
  const { rate, energy, allocation, layers, scheme, form, core, oversampling, seed } = asked;
  const unit = unitOf({ ...asked, method });
  // Each option makes another method. Results with different options must not count as draws of one method.
  const options = [
    form,
    core,
    oversampling && `rows x${oversampling}`,
    selectionName(layers),
    // The method `int8` says both by its name.
    method.family !== 'int8' && asked.quantize,
    method.family !== 'int8' && unit !== 'parameters' && unitNames[unit],
  ].filter(Boolean);
  const hasScheme =
    method.family !== 'int8' &&
    (layers === 'all' || (layers !== 'dense' && rows.some(isConvolution)));
  return withCompression(history, {
    method: [method.name, ...options].join(' '),
    label: options.length > 0 ? `${method.label} (${options.join(', ')})` : method.label,
    family: method.family,
    rate: rate ?? threeFigures(achieved),
    achieved,
    allocation: energy === null ? allocation : 'energy',
    scheme: hasScheme ? scheme : null,
    seed: method.random ? seed : null,
    layers: rows,
  });
}

/**
 * A model that was compressed before has both compressions in its history, as a method of their own. Layers of the first
 * that the second did not change keep their rows. The rates of different layers have no common true rate.
 */
export function withCompression(
  history: ModelHistory,
  compression: Compression,
): CompressedHistory {
  const { compression: before } = history;
  if (before === undefined) return { ...history, compression };
  const { achieved: _, ...now } = compression;
  const seed = before.seed === null ? '' : ` seed ${before.seed}`;
  const names = new Set(now.layers.map(({ name }) => name));
  return {
    ...history,
    compression: {
      ...now,
      method: `${before.method} at ${before.rate}${seed}, ${now.method}`,
      label: `${before.label} at ${before.rate}${seed}, then ${now.label}`,
      family: FAMILIES.find((one) => one === before.family || one === now.family)!,
      rate: threeFigures(before.rate * now.rate),
      scheme: now.scheme ?? before.scheme,
      layers: [...before.layers.filter(({ name }) => !names.has(name)), ...now.layers],
    },
  };
}

/** All layers are the usual selection, so it has no name. */
function selectionName(layers: LayerSelection): string | undefined {
  if (typeof layers === 'string' || layers.join() === '*') return undefined;
  return layers.join(' ');
}

function isConvolution({ kind }: LayerRow): boolean {
  return kind === 'convolution';
}

/** If no rate was requested, the rank or energy names the result. */
function threeFigures(rate: number): number {
  return Number(rate.toPrecision(3));
}
