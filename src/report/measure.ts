/**
 * The number by which the networks of a study are compared: the accuracy if all rows have one, otherwise the agreement
 * with the original's predictions, otherwise the similarity of the outputs, which is 1 minus the largest relative error
 * of an output. All three are 1 for a network that loses nothing.
 */
import type { EvaluationRow } from '../nn/evaluation-row.ts';

export const measures = ['accuracy', 'agreement', 'similarity'] as const;

export type Measure = (typeof measures)[number];

/** Undefined if the rows have no measure in common. */
export function commonMeasure(rows: readonly EvaluationRow[]): Measure | undefined {
  return measures.find((measure) => rows.every((row) => scoreOf(row, measure) !== null));
}

/** Null if the row does not have it. The outputs of the original are those that others are compared with. */
export function scoreOf(row: EvaluationRow, measure: Measure): number | null {
  if (measure !== 'similarity') return row[measure];
  const error = outputError(row) ?? (row.protocol === 'baseline' ? 0 : null);
  return error === null ? null : 1 - error;
}

/** The largest relative error of an output; null if none is known. */
export function outputError({ outputErrors = {} }: EvaluationRow): number | null {
  const errors = Object.values(outputErrors);
  return errors.length === 0 ? null : Math.max(...errors);
}
