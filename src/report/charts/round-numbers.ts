/** 1, 2, 5, 10, 20, 50, ... between two positive numbers, or powers of ten if those are too many. */

export function roundNumbers(least: number, greatest: number, most: number): readonly number[] {
  const all = stepped(least, greatest, [1, 2, 5]);
  return all.length <= most ? all : stepped(least, greatest, [1]);
}

function stepped(least: number, greatest: number, steps: readonly number[]): readonly number[] {
  const from = Math.floor(Math.log10(least));
  const to = Math.ceil(Math.log10(greatest));
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
    .flatMap((exponent) => steps.map((step) => step * 10 ** exponent))
    .filter((number) => number >= least && number <= greatest);
}

/** For a logarithmic axis of sizes: round numbers, or Vega's choice if the range is too narrow. */
export function sizeTicks(least: number, greatest: number): Readonly<Record<string, unknown>> {
  const values = roundNumbers(least, greatest, 8);
  return values.length < 2 ? { tickCount: 4 } : { values };
}
