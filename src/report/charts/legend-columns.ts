/**
 * As many columns of a legend as the figure has room for: names of any length stand beside each other
 * or below, and never over each other. What is longer than the figure is cut, with an ellipsis.
 */

import type { Spec } from 'vega';
import { textWidths } from './font.ts';

/** What is read of a compiled chart, whose parts may be groups. */
interface Part {
  readonly legends?: readonly Legend[];
  readonly marks?: readonly Part[];
}

interface Legend {
  readonly values?: unknown;
  columns?: number;
  labelLimit?: number;
}

const SIZE = 10;
const SYMBOL = 22;
const GAP = 14;
/** A legend begins where the axis does. */
const LEFT = 60;
const MOST = 4;

/** Changes `spec`, which nobody else has. */
export function fitLegends(spec: Spec, units: number): Spec {
  const widthOf = textWidths();
  const visit = ({ legends = [], marks = [] }: Part): void => {
    for (const legend of legends) {
      const { values } = legend;
      // One of numbers stands in a row.
      if (!Array.isArray(values) || legend.columns === 0) continue;
      const widest = Math.max(...values.map((value) => widthOf(String(value), SIZE)));
      const fitting = Math.floor((units - LEFT + GAP) / (widest + SYMBOL + GAP));
      legend.columns = Math.max(1, Math.min(MOST, fitting));
      legend.labelLimit = units - LEFT - SYMBOL - GAP;
    }
    for (const mark of marks) visit(mark);
  };
  visit(spec as unknown as Part);
  return spec;
}
