/**
 * A chart's specification becomes an SVG: the same bytes on every machine.
 *
 * Vega is loaded on the first drawing, not with the module: whoever draws nothing does not wait for it.
 */

import type { TopLevelSpec } from 'vega-lite';
import { textWidths } from './font.ts';
import { fitLegends } from './legend-columns.ts';
import { plainSvg } from './plain-svg.ts';
import { type PrintWidth, printed, unitsOf } from './print-width.ts';
import { withTooltips } from './tooltip.ts';

/**
 * With what a page's script can show of each mark in `data-` attributes; `withoutTooltips` takes them away.
 *
 * @param description of the drawing, for those who don't see it
 */
export async function renderSvg(
  spec: TopLevelSpec,
  description: string,
  width: PrintWidth = 'column',
): Promise<string> {
  const { vega, compile } = await loadVega();
  const compiled = compile(spec, { logger: strict }).spec;
  const view = new vega.View(vega.parse(fitLegends(compiled, unitsOf(width))), {
    renderer: 'none',
  });
  const svg = await view.toSVG();
  view.finalize();
  return printed(plainSvg(withTooltips(svg)), width).replace(
    '<svg ',
    `<svg role="img" aria-label="${escaped(description)}" `,
  );
}

/** Vega measures texts by this function, and lets a program replace it. Its types leave it out. */
declare module 'vega' {
  const textMetrics: {
    width: (item: { readonly fontSize?: number }, text: unknown) => number;
  };
}

type Vega = Pick<typeof import('vega'), 'View' | 'parse'>;
type Compile = typeof import('vega-lite').compile;

let loading: Promise<{ readonly vega: Vega; readonly compile: Compile }> | undefined;

function loadVega(): NonNullable<typeof loading> {
  loading ??= Promise.all([import('vega'), import('vega-lite')]).then(([vega, { compile }]) => {
    const width = textWidths();
    vega.textMetrics.width = (item, text) =>
      width(String(text ?? ''), item.fontSize ?? DEFAULT_FONT_SIZE);
    return { vega, compile };
  });
  return loading;
}

/** Vega's own, for marks that set none. */
const DEFAULT_FONT_SIZE = 11;

/** A warning of Vega-Lite's is a mistake in a specification. */
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
