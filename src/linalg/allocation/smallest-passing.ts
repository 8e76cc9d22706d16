/**
 * Finds by bisection the smallest model that is still good enough, for example by its accuracy on a validation split.
 *
 * It assumes that if one rate passes, all lower rates pass too. Measurements are noisy and curves are not monotone, so
 * the result may not be the highest rate that passes. But the returned rate did pass, and the next two higher rates (if
 * there are any) did not.
 */

export interface Trial {
  readonly rate: number;
  readonly passed: boolean;
}

export interface SmallestPassing {
  /** Missing if the lowest rate fails, and with it all rates that were tried before. */
  readonly rate: number | undefined;
  /** In order. No rate is tried twice. */
  readonly trials: readonly Trial[];
}

/** `rates` descend, from the smallest model to the largest. About log2(n) + 2 trials. */
export async function smallestPassing(
  rates: readonly number[],
  passes: (rate: number) => Promise<boolean>,
): Promise<SmallestPassing> {
  if (rates.some((rate, i) => i > 0 && !(rate < rates[i - 1]!))) {
    throw new RangeError('rates to bisect descend');
  }
  const trials = new Map<number, Trial>();
  const attempt = async (index: number) => {
    const rate = rates[index]!;
    const passed = await passes(rate);
    trials.set(index, { rate, passed });
    return passed;
  };
  let failing = -1;
  let passing = rates.length;
  while (passing - failing > 1) {
    const middle = Math.floor((failing + passing) / 2);
    if (await attempt(middle)) passing = middle;
    else failing = middle;
  }
  // The rates tried above have failed. If one failed by chance, the rate above it shows that.
  const found = passing < rates.length;
  for (let above = passing - 1; found && above >= Math.max(0, passing - 2); above--) {
    if (!trials.has(above) && (await attempt(above))) passing = above;
  }
  return { rate: rates[passing], trials: [...trials.values()] };
}
