/**
 * Gives a legend as many columns as fit into the figure, so that long names never overlap. A name longer than the
 * figure is cut and ends with an ellipsis.
 */
import type { Spec } from 'vega';
import type { TextWidth } from './font.ts';

type Group = Pick<Spec, 'legends' | 'marks'>;

const SIZE = 10;
const SYMBOL = 22;
const GAP = 14;
/** The width to the left of the plot, which a legend does not use. */
const LEFT = 60;

/** Changes `spec` in place. */
export function fitLegends(spec: Spec, units: number, widthOf: TextWidth): Spec {
  const visit = ({ legends = [], marks = [] }: Group): void => {
    for (const legend of legends) {
      const { values } = legend;
      // A legend of numbers has one row.
      if (!Array.isArray(values) || legend.columns === 0) continue;
      const widest = Math.max(...values.map((value) => widthOf(String(value), SIZE)));
      const fitting = Math.floor((units - LEFT + GAP) / (widest + SYMBOL + GAP));
      // Rows of equal length.
      const rows = Math.ceil(values.length / Math.max(1, fitting));
      legend.columns = Math.ceil(values.length / rows);
      legend.labelLimit = units - LEFT - SYMBOL - GAP;
    }
    for (const mark of marks) if (mark.type === 'group') visit(mark);
  };
  visit(spec);
  return spec;
}
