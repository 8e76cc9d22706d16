/**
 * What a figure is printed as, beside its SVG. It hangs on the SVG alone, so it can be made elsewhere while
 * the next figure is drawn.
 */

import { renderPdf } from './pdf.ts';
import { renderPng } from './png.ts';

export interface Prints {
  readonly pdf: Uint8Array;
  readonly png: Uint8Array;
}

export type Print = (svg: string, title: string) => Promise<Prints>;

export const printHere: Print = async (svg, title) => {
  const png = renderPng(svg);
  const [pdf] = await Promise.all([renderPdf(svg, title), png]);
  return { pdf, png: await png };
};
