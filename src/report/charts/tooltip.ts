/**
 * The tooltip of a mark, and its series. It passes through Vega as the description of the mark, and is written as
 * the attributes `data-series` and `data-tip`.
 */

/** Both are printable, and no label contains them. */
const UNIT = '\u241f';
const LINE = '\u241e';

/** The text for the field `tip` of a datum. Without lines, it contains only the series. */
export function tip(series: string, ...lines: readonly string[]): string {
  return series + UNIT + lines.join(LINE);
}

/** For `encoding`, together with `aria: true` in the mark. */
export const TOOLTIP = { description: { field: 'tip', type: 'nominal' } } as const;

export function withTooltips(svg: string): string {
  return svg.replace(
    / aria-label="([^"\u241f]*)\u241f([^"]*)"/g,
    (_, series: string, lines: string) =>
      ` data-series="${series}"${lines === '' ? '' : ` data-tip="${lines.replaceAll(LINE, '&#10;')}"`}`,
  );
}

export function withoutTooltips(svg: string): string {
  return svg.replace(/ data-(?:series|tip)="[^"]*"/g, '');
}
