/** The form of each layer: its rank, and whether it is stored in 8 bits. */

import type { LayerTimes, Unit } from '../layers/budget-units.ts';
import type { CompressibleLayer } from '../layers/compressible-layer.ts';
import { budgetForms, type Spectra } from './budget-forms.ts';
import { chosenRanks, lastRank, type RanksAsked } from './chosen-ranks.ts';

/** A layer without a form stays as it is. */
export type Forms = ReadonlyMap<string, LayerForm>;

export interface LayerForm {
  /** Null for the whole layer. */
  readonly rank: number | null;
  readonly int8: boolean;
}

export interface FormsAsked extends RanksAsked {
  readonly method: {
    readonly family: string;
    readonly rounding: 'ceil' | 'round';
    readonly lastLayer: 'keep' | 'factor';
  };
  readonly quantize?: 'int8' | null;
  /** The unit of the budget. Default: parameters. */
  readonly budget?: Unit | null;
  /** For a budget in milliseconds. */
  readonly times?: LayerTimes | undefined;
}

interface Stored {
  readonly method: { readonly family: string };
}

/** The unit of the rate. */
export function unitOf({ method, budget }: Stored & Pick<FormsAsked, 'budget'>): Unit {
  return budget ?? (isInt8Alone(method) ? 'bytes' : 'parameters');
}

export function isInInt8({ method, quantize }: Stored & Pick<FormsAsked, 'quantize'>): boolean {
  return isInt8Alone(method) || (quantize ?? null) !== null;
}

function isInt8Alone({ family }: Stored['method']): boolean {
  return family === 'int8';
}

/** `spectra` are read only if singular values matter. */
export function chosenForms(
  layers: readonly CompressibleLayer[],
  asked: FormsAsked,
  spectra: Spectra,
): Forms {
  const { method, rate, rank, energy, allocation, form, times } = asked;
  const factored = !isInt8Alone(method);
  const quantized = isInInt8(asked);
  if (allocation === 'budget' && rank === null && energy === null) {
    const unit = unitOf(asked);
    // Other units cost the same in 8 bits, so there is nothing to choose.
    const int8 = quantized && unit === 'bytes';
    const inner = layers.filter(({ last }) => !last);
    const budget = { rate: rate!, unit, form, times, factored, int8 };
    const found = budgetForms(inner, budget, spectra);
    const ranks = new Map([...found.ranks, ...lastRank(layers, method)]);
    return formsOf(layers, ranks, int8 ? found.int8 : quantized ? namesOf(layers) : new Set());
  }
  const ranks = factored ? chosenRanks(layers, asked, method, spectra.spectrumOf) : new Map();
  return formsOf(layers, ranks, quantized ? namesOf(layers) : new Set());
}

type Named = Pick<CompressibleLayer, 'name'>;

function namesOf(layers: readonly Named[]): ReadonlySet<string> {
  return new Set(layers.map(({ name }) => name));
}

function formsOf(
  layers: readonly Named[],
  ranks: ReadonlyMap<string, number>,
  inInt8: ReadonlySet<string>,
): Forms {
  return new Map(
    layers.flatMap(({ name }) => {
      const form = { rank: ranks.get(name) ?? null, int8: inInt8.has(name) };
      return form.rank === null && !form.int8 ? [] : [[name, form] as const];
    }),
  );
}
