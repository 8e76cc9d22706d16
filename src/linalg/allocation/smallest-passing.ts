/**
 * The smallest model that is still good enough, by bisection: for a target accuracy, say, measured on a
 * validation split.
 *
 * It assumes that what passes at one rate passes at all lower ones. Measures are noisy and curves not
 * monotone, so it can't promise the highest rate of all that passes; it promises that the rate it returns
 * passed itself and that the two next higher ones, where there are any, did not.
 */

export interface Trial {
  readonly rate: number;
  readonly passed: boolean;
}

export interface SmallestPassing {
  /** Missing where the lowest rate fails, and all that were tried on the way to it. */
  readonly rate: number | undefined;
  /** In the order they were made; no rate is tried twice. */
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
  // What was tried above has failed. A failure by chance shows at the rate above it.
  const found = passing < rates.length;
  for (let above = passing - 1; found && above >= Math.max(0, passing - 2); above--) {
    if (!trials.has(above) && (await attempt(above))) passing = above;
  }
  return { rate: rates[passing], trials: [...trials.values()] };
}
