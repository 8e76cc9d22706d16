/**
 * The horizontal axis of compression rates: logarithmic, since rates are ratios. With a single rate there is no
 * scale: the axis then has one position, and the methods are side by side in it.
 */

import { formatNumber } from '../format.ts';
import { roundNumbers } from './round-numbers.ts';

export interface RateEncoding {
  readonly x: Readonly<Record<string, unknown>>;
  readonly xOffset?: Readonly<Record<string, unknown>>;
}

/** For data with the fields `rate` and `method`; `methods` in the order of display. */
export function rateEncoding(
  rates: readonly number[],
  methods: readonly string[],
  title: string,
  width: number,
): RateEncoding {
  if (rates.length < 2) {
    return {
      x: { field: 'rate', type: 'ordinal', title, axis: { labelAngle: 0 } },
      xOffset: { field: 'method', scale: { domain: methods } },
    };
  }
  const domain: [number, number] = [Math.min(...rates), Math.max(...rates)];
  return {
    x: {
      field: 'rate',
      type: 'quantitative',
      title,
      scale: { type: 'log', domain, nice: false, padding: 8 },
      axis: {
        values: rateTicks(rates, width),
        labelExpr: 'format(datum.value, "~r")',
        grid: false,
      },
    },
  };
}

/** The rates themselves if there is room for their labels, otherwise 1, 2, 5, 10, ... */
export function rateTicks(rates: readonly number[], width: number): readonly number[] {
  const sorted = [...new Set(rates)].sort((a, b) => a - b);
  const [least, greatest] = [sorted[0]!, sorted.at(-1)!];
  const perUnit = width / Math.log(greatest / least);
  const hasRoom = sorted.every((rate, i) => {
    const gap = i === 0 ? Number.POSITIVE_INFINITY : Math.log(rate / sorted[i - 1]!) * perUnit;
    return gap >= LABEL_GAP + DIGIT_WIDTH * formatNumber(rate, 'rate').length;
  });
  if (hasRoom) return sorted;
  return roundNumbers(least, greatest, Math.floor(width / 26));
}

const LABEL_GAP = 6;
const DIGIT_WIDTH = 6.4;
