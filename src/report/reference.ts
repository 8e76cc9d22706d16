/**
 * What a compressed network is judged against: one that was not compressed and had the same training. For a
 * network that was tuned that is the control of the same budget, where there is one; else the baseline.
 */

import type { Measurement } from './measurement.ts';

export type ReferenceKind = 'baseline' | 'control';

export interface Reference {
  readonly kind: ReferenceKind;
  readonly rows: readonly Measurement[];
}

type Trained = Pick<Measurement, 'protocol' | 'tuned'>;

/** Whether the one is the uncompressed network, trained further as the other was. */
export function isControlOf(one: Trained, { protocol, tuned }: Trained): boolean {
  if (one.protocol !== 'control' || protocol !== 'finetuned') return false;
  // An uncompressed network has no factors: in their place its classifier is tuned.
  return one.tuned === (tuned === 'factors' ? 'classifier' : tuned);
}

/** Null where there is neither. */
export function referenceOf(
  { protocol, tuned }: Trained,
  rows: readonly Measurement[],
): Reference | null {
  const controls = rows.filter((row) => isControlOf(row, { protocol, tuned }));
  if (controls.length > 0) return { kind: 'control', rows: controls };
  const baselines = rows.filter((row) => row.protocol === 'baseline');
  return baselines.length === 0 ? null : { kind: 'baseline', rows: baselines };
}
