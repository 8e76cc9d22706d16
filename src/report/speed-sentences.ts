/** Whether compression made models faster, in sentences and warnings. */
import { counted, formatNumber, joinedByAnd } from './format.ts';
import { nameOf, noisyIn, speedsOf } from './speeds.ts';
import type { Summary } from './summary.ts';

/** Longer lists are cut. */
const MANY = 5;

export function speedSentences({ timings }: Summary): readonly string[] {
  return speedsOf(timings).map(({ batch, threads, all, faster, slower, fastest }) => {
    const best = `${nameOf(fastest)} takes ${formatNumber(fastest.ratio, 'ratio')} of its time`;
    const named = slower
      .slice(0, MANY)
      .map((one) => `${nameOf(one)} (${formatNumber(one.ratio, 'ratio')} of its time)`);
    const rest = slower.length - named.length;
    const list = joinedByAnd(rest > 0 ? [...named, `${rest} more`] : named);
    return (
      `In batches of ${batch} on ${counted(threads, 'thread')}, ${faster.length} of ` +
      `${counted(all.length, 'compressed configuration')} ${be(faster)} faster than the original (${best}), and ` +
      `${slower.length === 0 ? 'none is slower' : `${slower.length} ${be(slower)} slower: ${list}`}.`
    );
  });
}

const be = ({ length }: readonly unknown[]): string => (length === 1 ? 'is' : 'are');

export function speedWarnings({ timings }: Summary): readonly string[] {
  const noisy = noisyIn(timings);
  if (noisy === 0) return [];
  return [
    `The measured times are noisy for ${noisy} of ${timings.length}: runs differ by more than a tenth, or other programs used the processor. Measure again on an idle machine.`,
  ];
}
