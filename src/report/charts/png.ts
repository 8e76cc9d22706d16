/** An SVG as a PNG, at two pixels for each unit: the same bytes on every machine. */

import { drawPng } from './resvg.ts';

export async function renderPng(svg: string): Promise<Uint8Array> {
  // See `cropped-series`.
  if (svg.includes('clip-path')) throw new Error('a drawing with clip paths may abort the process');
  // Copied in one step; `from` would copy element by element.
  return new Uint8Array(await drawPng(svg));
}
