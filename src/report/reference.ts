/**
 * The reference of a compressed network: an uncompressed network with the same training. For a fine-tuned network
 * it is the control of the same budget, or the baseline if there is no control.
 */

import type { Measurement } from './measurement.ts';

export type ReferenceKind = 'baseline' | 'control';

export interface Reference {
  readonly kind: ReferenceKind;
  readonly rows: readonly Measurement[];
}

type Trained = Pick<Measurement, 'protocol' | 'tuned'>;

/** Whether `one` is the uncompressed network, trained further like the other. */
export function isControlOf(one: Trained, { protocol, tuned }: Trained): boolean {
  if (one.protocol !== 'control' || protocol !== 'finetuned') return false;
  // An uncompressed network has no factors. Its classifier is trained in their place.
  return one.tuned === (tuned === 'factors' ? 'classifier' : tuned);
}

/** Null if there is neither. */
export function referenceOf(
  { protocol, tuned }: Trained,
  rows: readonly Measurement[],
): Reference | null {
  const controls = rows.filter((row) => isControlOf(row, { protocol, tuned }));
  if (controls.length > 0) return { kind: 'control', rows: controls };
  const baselines = rows.filter((row) => row.protocol === 'baseline');
  return baselines.length === 0 ? null : { kind: 'baseline', rows: baselines };
}
