/**
 * As many columns of a legend as the figure has room for: names of any length stand beside each other
 * or below, and never over each other. What is longer than the figure is cut, with an ellipsis.
 */

import type { Spec } from 'vega';
import { textWidths } from './font.ts';

/** What is read of a compiled chart, whose parts may be groups. */
interface Part {
  legends?: Record<string, unknown>[];
  scales?: readonly { readonly name: string; readonly domain?: unknown }[];
  marks?: Part[];
}

const SIZE = 10;
const SYMBOL = 22;
const GAP = 14;
/** A legend begins where the axis does. */
const LEFT = 60;
const MOST = 4;

/** Changes `spec`, which nobody else has. */
export function fitLegends(spec: Spec, units: number): Spec {
  const widthOf = textWidths();
  const visit = (part: Part, outer: ReadonlyMap<string, unknown>): void => {
    const domains = new Map([
      ...outer,
      ...(part.scales ?? []).map(({ name, domain }) => [name, domain] as const),
    ]);
    for (const legend of part.legends ?? []) {
      const scale = ['stroke', 'fill', 'shape', 'strokeDash']
        .map((key) => legend[key])
        .find(Boolean);
      const labels = labelsOf(domains.get(scale as string));
      if (labels.length === 0 || legend.direction === 'horizontal') continue;
      const widest =
        Math.max(0, ...labels.map((label) => widthOf(String(label), SIZE))) + SYMBOL + GAP;
      legend.columns = Math.max(1, Math.min(MOST, Math.floor((units - LEFT + GAP) / widest)));
      legend.labelLimit = units - LEFT - SYMBOL;
    }
    for (const mark of part.marks ?? []) visit(mark, domains);
  };
  visit(spec as unknown as Part, new Map());
  return spec;
}

/** Charts with one legend for several views have a list of domains, one a layer. */
function labelsOf(domain: unknown): readonly unknown[] {
  if (Array.isArray(domain)) return domain;
  const { fields } = (domain ?? {}) as { readonly fields?: unknown };
  return Array.isArray(fields) ? fields.flat().filter((one) => typeof one === 'string') : [];
}
