/** The options of figures from the parameter of `report`. */
import type { FigureOptions } from '../../../report/figure-options.ts';
import type { FiguresParameter } from './figures-parameter.ts';

export function figureOptions(parameter: FiguresParameter): FigureOptions {
  const { columnWidth, pageWidth, ...options } = parameter;
  return { ...options, widths: { column: columnWidth, page: pageWidth } };
}
