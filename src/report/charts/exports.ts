/**
 * The PDF and the PNG of a figure. They depend only on its SVG, so another thread can make them while the next figure
 * is drawn.
 */

import { renderPdf } from './pdf.ts';
import { renderPng } from './png.ts';

export interface FigureExports {
  readonly pdf: Uint8Array;
  readonly png: Uint8Array;
}

export type ExportFigure = (svg: string, title: string) => Promise<FigureExports>;

export const exportHere: ExportFigure = async (svg, title) => {
  const png = renderPng(svg);
  const [pdf] = await Promise.all([renderPdf(svg, title), png]);
  return { pdf, png: await png };
};
