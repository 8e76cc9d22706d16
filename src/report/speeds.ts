/** The compressed configurations that were compared with the original, by batch. */
import { groupBy } from './aggregate.ts';
import { formatNumber } from './format.ts';
import type { Compared, Timing } from './timings.ts';

export interface Speeds {
  readonly batch: number;
  readonly threads: number;
  readonly all: readonly Speed[];
  readonly faster: readonly Speed[];
  /** The slowest first. */
  readonly slower: readonly Speed[];
  /** With the smallest ratio. */
  readonly fastest: Speed;
}

export type Speed = Timing & Compared;

export function speedsOf(timings: readonly Timing[]): readonly Speeds[] {
  const compared = timings.flatMap((one) =>
    one.compared && one.of.rate !== null ? [{ ...one, ...one.compared }] : [],
  );
  return groupBy(compared, ({ batch, threads }) => JSON.stringify([threads, batch])).map((all) => {
    const [{ batch, threads }] = all;
    const byRatio = [...all].sort((a, b) => a.ratio - b.ratio);
    return {
      ...{ batch, threads, all },
      faster: byRatio.filter(({ speed }) => speed === 'faster'),
      slower: byRatio.filter(({ speed }) => speed === 'slower').reverse(),
      fastest: byRatio[0]!,
    };
  });
}

/** 'SVD at CR 2'. */
export function nameOf({ of: { label, rate } }: Timing, at = 'at CR'): string {
  return `${label} ${at}\u00a0${formatNumber(rate, 'rate')}`;
}

export function noisyIn(timings: readonly Timing[]): number {
  return timings.filter(({ isNoisy }) => isNoisy).length;
}
