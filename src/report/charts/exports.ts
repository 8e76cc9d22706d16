/**
 * The PDF and the PNG of a figure. They depend only on its SVG, so another thread can make them while the next figure
 * is drawn.
 */

import { loadPdf, renderPdf } from './pdf.ts';
import { renderPng } from './png.ts';
import { loadPng } from './resvg.ts';

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

/** Loads what `exportHere` needs, which takes as long as the export of a few figures. */
export async function loadExports(): Promise<void> {
  await Promise.all([loadPdf(), loadPng()]);
}
