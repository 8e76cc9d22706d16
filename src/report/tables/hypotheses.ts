/**
 * The tests of 'the method differs from SVD', one per method and phase. The verdict comes first, because the right
 * side of a wide table is often cut off.
 */

import type { Hypothesis } from '../hypotheses.ts';
import type { Summary } from '../summary.ts';
import { number, type Table, tableOf, text } from './table.ts';

export function hypothesesTable({ study, hypotheses }: Summary): Table {
  const what = 'Tests against SVD at equal numbers of parameters';
  return testsTable('hypotheses', `${what}: ${study.model} on ${study.dataset}`, hypotheses);
}

/** The tests of 'the method in 8 bits differs from 8 bits alone'. */
export function bytesTable({ study, inBytes }: Summary): Table {
  const what = 'Tests against int8 alone at equal bytes';
  return testsTable('bytes', `${what}: ${study.model} on ${study.dataset}`, inBytes);
}

function testsTable(name: string, title: string, hypotheses: readonly Hypothesis[]): Table {
  const rows = hypotheses.map((hypothesis) => ({
    ...hypothesis,
    rates: hypothesis.points.map(({ rate }) => rate).filter((rate) => rate > 1),
  }));
  return tableOf(name, title, rows, [
    text('method', 'Method', ({ label }) => label),
    text('protocol', 'Protocol', ({ phase }) => phase),
    number('difference', 'Mean difference (points)', 'points', (one) => one.difference),
    number('interval_lower', 'From', 'points', ({ test }) => test?.lower ?? null),
    number('interval_upper', 'To', 'points', ({ test }) => test?.upper ?? null),
    number('level', 'Level', 'percent', ({ test }) => test?.level ?? null),
    number('p', 'p', 'probability', ({ test }) => test?.p ?? null),
    number('p_holm', 'p (Holm)', 'probability', ({ test }) => test?.adjusted ?? null),
    text('verdict', 'Verdict', ({ verdict }) => verdict),
    text('reference', 'Against', ({ reference }) => reference),
    number('rates', 'Rates', 'count', ({ rates }) => rates.length),
    number('least_rate', 'Least CR', 'rate', ({ rates }) => rates[0] ?? null),
    number('greatest_rate', 'Greatest CR', 'rate', ({ rates }) => rates.at(-1) ?? null),
    number('repetitions', 'Repetitions', 'count', (one) => one.estimate?.repetitions ?? null),
  ]);
}
