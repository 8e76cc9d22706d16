/** The partner with which a network is compared: networks of another method that together are as large. */
import { groupBy } from './aggregate.ts';
import type { Measurement } from './measurement.ts';
import { medianOf } from './spread.ts';
import type { Study } from './study.ts';

/** The size at which networks are compared. */
export type Count = (row: Measurement) => number;

/** The partner of a network: rows of SVD, each with its weight. The weights add up to 1. */
export type Partner = readonly { readonly row: Measurement; readonly share: number }[];

const EQUAL_WITHIN = 0.02;

/** Null if no network of `svd` is as small, or none is as large. */
export function partnerOf(size: number, svd: readonly Measurement[], count: Count): Partner | null {
  const points = groupBy(svd, ({ rate }) => String(rate))
    .map((rows) => ({ rows, size: medianOf(rows.map(count)) }))
    .sort((a, b) => a.size - b.size);
  const distance = (point: { readonly size: number }): number =>
    Math.abs(Math.log(point.size / size));
  const [nearest] = [...points].sort((a, b) => distance(a) - distance(b));
  if (nearest === undefined) return null;
  if (distance(nearest) <= EQUAL_WITHIN) return shared(nearest.rows, 1);
  const above = points.findIndex((point) => point.size > size);
  if (above < 1) return null;
  const [small, large] = [points[above - 1]!, points[above]!];
  const share = Math.log(size / small.size) / Math.log(large.size / small.size);
  return [...shared(small.rows, 1 - share), ...shared(large.rows, share)];
}

function shared(rows: readonly Measurement[], share: number): Partner {
  return rows.map((row) => ({ row, share: share / rows.length }));
}

export function accuracyOf(partner: Partner): number {
  return partner.reduce((sum, { row, share }) => sum + share * row.score, 0);
}

/** Null if it is unknown for some rows, or if the numbers of images differ. */
export function differences(
  row: Measurement,
  partner: Partner,
  outcomes: Study['outcomes'],
): Float64Array | null {
  const own = outcomes.get(row);
  if (own === undefined || own.length < 2) return null;
  const values = Float64Array.from(own);
  for (const { row: svd, share } of partner) {
    const other = outcomes.get(svd);
    if (other?.length !== own.length) return null;
    for (let i = 0; i < values.length; i += 1) values[i]! -= share * other[i]!;
  }
  return values;
}
