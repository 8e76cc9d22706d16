/**
 * Answers 'Does CUR beat SVD?' and 'Does SVD in 8 bits beat 8 bits alone?' in words, from the tests of `hypotheses` and never from the best point of a
 * curve.
 */

import type { Family } from '../nn/evaluation-row.ts';
import { capitalised, counted, formatLevel, formatNumber, joinedByAnd } from './format.ts';
import type { Hypothesis, Verdict } from './hypotheses.ts';
import type { Summary } from './summary.ts';

/**
 * A sentence for CUR, one for SVDs of other kinds, and one for methods in 8 bits, if they were compared in this phase.
 */
export function answersOf({ hypotheses, inBytes }: Summary, phase: string): readonly string[] {
  const parameters = 'equal numbers of parameters';
  return [
    ...answers(hypotheses.filter(isOf('cur')), phase, parameters, 'CUR'),
    ...answers(hypotheses.filter(isOf('svd')), phase, parameters, 'other SVD'),
    ...answers(inBytes, phase, 'equal bytes', 'method'),
  ];
}

const isOf = (family: Family) => (hypothesis: Hypothesis) => hypothesis.family === family;

/** @param kind of the methods, in the singular */
function answers(
  hypotheses: readonly Hypothesis[],
  phase: string,
  equal: string,
  kind: string,
): readonly string[] {
  const compared = hypotheses
    .filter((one) => one.phase === phase && one.difference !== null)
    .sort((a, b) => b.difference! - a.difference!);
  const [best, ...rest] = compared;
  if (best === undefined) return [];
  return [answer([best, ...rest], `${capitalised(phase)}, at ${equal},`, kind)];
}

/** Largest difference first. */
type Compared = readonly [Hypothesis, ...Hypothesis[]];

function answer(compared: Compared, start: string, name: string): string {
  const of = (verdict: Verdict): readonly Hypothesis[] =>
    compared.filter((one) => one.verdict === verdict);
  const [best] = compared;
  const better = of('better');
  if (better.length > 0) {
    const verb = better.length === 1 ? 'beats' : 'beat';
    const first = better[0]!;
    const most = better.length === 1 ? '' : `, ${first.label} by most`;
    return `${start} ${labelsOf(better)} ${verb} ${best.reference}${most}: ${measure(first)}${others(compared, of)}.`;
  }
  if (of('not tested').length === compared.length) {
    return `${start} ${best.label} comes nearest to ${best.reference}: ${measure(best)}; this was not tested.`;
  }
  if (compared.length === 1) {
    const said = best.verdict === 'worse' ? 'is worse than' : 'is not shown to differ from';
    return `${start} ${best.label} ${said} ${best.reference}: ${measure(best)}.`;
  }
  const nearest = `${best.label} comes nearest, ${measure(best)}`;
  if (of('worse').length === compared.length) {
    return `${start} no ${name} beats ${best.reference}: ${nearest}, and all are shown to be worse.`;
  }
  return `${start} no ${name} is shown to beat ${best.reference}: ${nearest}${others(compared, of)}.`;
}

/** The other methods, in numbers. */
function others(compared: Compared, of: (verdict: Verdict) => readonly Hypothesis[]): string {
  if (compared.length === 1) return '';
  const [worse, open] = [of('worse'), of('no difference shown')];
  const parts = [
    ...(worse.length === 0
      ? []
      : [`${labelsOf(worse)} ${worse.length === 1 ? 'is' : 'are'} shown to be worse`]),
    ...(open.length === 0
      ? []
      : [`no difference is shown for ${labelsOf(open)}${widths(worse, open)}`]),
  ];
  return parts.length === 0 ? '' : `; ${parts.join('; ')}`;
}

/** A method with a lower mean can be the one without a verdict, because its interval is wider. */
function widths(worse: readonly Hypothesis[], open: readonly Hypothesis[]): string {
  const nearest = worse[0]?.difference ?? null;
  if (nearest === null) return '';
  const farther = open.filter(({ difference }) => difference! < nearest);
  if (farther.length === 0) return '';
  const which = farther.length === open.length ? '' : ` of ${labelsOf(farther)}`;
  return (
    `, though the mean${which} is lower than that of ${worse[0]!.label}: ` +
    `${farther.length === 1 ? 'its interval is' : 'their intervals are'} wider and reach${farther.length === 1 ? 'es' : ''} 0`
  );
}

function measure({ difference, test, points, isOneDraw }: Hypothesis): string {
  const rates = points.filter(({ rate }) => rate > 1).length;
  const where = rates === 1 ? 'at the only rate compared' : `on average over ${rates} rates`;
  const interval =
    test === null
      ? ''
      : ` (${formatLevel(test.level)} interval ${formatNumber(test.lower, 'points')} to ${formatNumber(test.upper, 'points')}${isOneDraw ? ', of one draw' : ''})`;
  return `${formatNumber(difference, 'points')} points${interval} ${where}`;
}

function labelsOf(hypotheses: readonly Hypothesis[]): string {
  return hypotheses.length > 4
    ? counted(hypotheses.length, 'method')
    : joinedByAnd(hypotheses.map(({ label }) => label));
}
