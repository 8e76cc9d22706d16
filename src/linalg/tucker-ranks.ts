/** Ranks for Tucker-2 that use the budget fully: the rest is too small for another channel. */

import {
  type ChannelBases,
  type Kernel,
  type TuckerRanks,
  tuckerParameters,
  tuckerRanks,
} from './tucker.ts';

/**
 * Starts from the ranks of `tuckerRanks` and spends the rest of the budget one channel at a time, on the side where a
 * weight reduces the error more, according to the energies of the HOSVD. In narrow layers, a step of both ranks is
 * large, so a third of the budget can be left over.
 */
export function fillingRanks(
  kernel: Omit<Kernel, 'data'>,
  rate: number,
  energies: ChannelBases['energies'],
): TuckerRanks {
  const budget = (kernel.in * kernel.out * kernel.window) / rate;
  // A direction at the level of rounding is worth no weights.
  const least = 1e-12 * energies.out.reduce((sum, one) => sum + one, 0);
  let ranks = tuckerRanks(kernel, rate);
  for (;;) {
    const larger = [
      { ranks: { ...ranks, in: ranks.in + 1 }, gain: energies.in[ranks.in] ?? 0 },
      { ranks: { ...ranks, out: ranks.out + 1 }, gain: energies.out[ranks.out] ?? 0 },
    ].filter(
      ({ ranks: one, gain }) =>
        gain > least && useful(kernel, one) && tuckerParameters(kernel, one) <= budget,
    );
    if (larger.length === 0) return ranks;
    const before = tuckerParameters(kernel, ranks);
    const worth = (one: (typeof larger)[number]) =>
      one.gain / (tuckerParameters(kernel, one.ranks) - before);
    ranks = larger.reduce((best, one) => (worth(one) > worth(best) ? one : best)).ranks;
  }
}

/** Whether the kernel has that many channels, and the core can use them. */
function useful({ in: s, out: t, window }: Omit<Kernel, 'data'>, ranks: TuckerRanks): boolean {
  return ranks.in <= Math.min(s, ranks.out * window) && ranks.out <= Math.min(t, ranks.in * window);
}
