/**
 * Renders the specification of a chart as an SVG: the same bytes on every machine.
 *
 * Vega is loaded on the first call and not with the module, so that programs that draw nothing do not wait for it.
 */

import type { TopLevelSpec } from 'vega-lite';
import { type FigureStyle, type PrintWidth, USUAL_STYLE, unitsOf } from './canvas.ts';
import { fontIn, textWidths } from './font.ts';
import { fitLegends } from './legend-columns.ts';
import { plainSvg } from './plain-svg.ts';
import { printed } from './print-width.ts';
import { withTooltips } from './tooltip.ts';

/**
 * Keeps the tooltips of marks in `data-` attributes for the script of the page; `withoutTooltips` removes them.
 *
 * @param description the text alternative of the drawing
 */
export async function renderSvg(
  spec: TopLevelSpec,
  description: string,
  width: PrintWidth = 'column',
  style: FigureStyle = USUAL_STYLE,
): Promise<string> {
  const { vega, compile } = await loadVega();
  const compiled = compile(spec, { logger: strict }).spec;
  const view = new vega.View(
    vega.parse(fitLegends(compiled, unitsOf(style, width), textWidths(style.font))),
    {
      renderer: 'none',
    },
  );
  const svg = await view.toSVG();
  view.finalize();
  return printed(plainSvg(withTooltips(svg)), width, style).replace(
    '<svg ',
    `<svg role="img" aria-label="${escaped(description)}" `,
  );
}

/** Vega measures texts with this function, and a program may replace it. Its types do not declare it. */
declare module 'vega' {
  const textMetrics: {
    width: (item: { readonly font?: string; readonly fontSize?: number }, text: unknown) => number;
  };
}

type Vega = Pick<typeof import('vega'), 'View' | 'parse'>;
type Compile = typeof import('vega-lite').compile;

let loading: Promise<{ readonly vega: Vega; readonly compile: Compile }> | undefined;

function loadVega(): NonNullable<typeof loading> {
  loading ??= Promise.all([import('vega'), import('vega-lite')]).then(([vega, { compile }]) => {
    vega.textMetrics.width = ({ font = '', fontSize = DEFAULT_FONT_SIZE }, text) =>
      textWidths(fontIn(font))(String(text ?? ''), fontSize);
    return { vega, compile };
  });
  return loading;
}

/** Vega's default, for marks that set none. */
const DEFAULT_FONT_SIZE = 11;

/** A warning of Vega-Lite is a mistake in a specification. */
const strict = {
  level: () => strict,
  error: fail,
  warn: fail,
  info: () => strict,
  debug: () => strict,
};

function fail(...messages: readonly unknown[]): never {
  throw new Error(`the chart's specification is wrong: ${messages.join(' ')}`);
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
}
