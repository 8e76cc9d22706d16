/** An SVG as a PNG, at two pixels for each unit: the same bytes on every machine. */

import { FONT_FAMILY, fontFile } from './font.ts';

export async function renderPng(svg: string): Promise<Uint8Array> {
  // See `cropped-series`.
  if (svg.includes('clip-path')) throw new Error('a drawing with clip paths may abort the process');
  const { renderAsync } = await import('@resvg/resvg-js');
  // In a separate thread, while the next figure is drawn.
  const drawing = await renderAsync(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    font: {
      loadSystemFonts: false,
      fontFiles: [fontFile()],
      defaultFontFamily: FONT_FAMILY,
    },
  });
  // Copied in one step; `from` would copy element by element.
  return new Uint8Array(drawing.asPng());
}
