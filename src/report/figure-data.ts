/** The numbers of a figure as CSV, and its specification for other programs. */

import { csvLine } from '../base/csv.ts';
import { HUE } from './charts/lines.ts';
import { plainNumber } from './format.ts';

type Row = Readonly<Record<string, unknown>>;

/** The parts of a specification that contain data or other views. */
interface View {
  readonly name?: string;
  readonly title?: string | { readonly text: string };
  readonly data?: { readonly values: readonly Row[] };
  readonly spec?: View;
  readonly layer?: readonly View[];
  readonly hconcat?: readonly View[];
  readonly vconcat?: readonly View[];
  readonly concat?: readonly View[];
}

/** One row per mark or point of a line. `columns` names what is drawn along 'x' and 'y'. */
export function figureCsv(spec: object, columns: Readonly<Record<string, string>>): string {
  const rows = rowsOf(spec as View, undefined, new Set());
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (key) => !INTERNAL.has(key),
  );
  const cell = (value: unknown): string =>
    typeof value === 'number' ? plainNumber(value) : String(value ?? '');
  const lines = [
    keys.map((key) => columns[key] ?? key),
    ...rows.map((row) => keys.map((key) => cell(row[key]))),
  ];
  return lines.map((line) => `${csvLine(line)}\n`).join('');
}

/** Values that only steer the drawing. */
const INTERNAL: ReadonlySet<string> = new Set([
  ...['tip', 'series', 'isMarked', 'isReference', 'kind', 'size', 'id', 'isShown', HUE],
]);

/** @param seen data that several layers share counts once */
function rowsOf(view: View, panel: string | undefined, seen: Set<unknown>): readonly Row[] {
  const { name, title, data } = view;
  const own = name ?? (typeof title === 'string' ? title : title?.text) ?? panel;
  const isNew = data !== undefined && !seen.has(data.values);
  if (isNew) seen.add(data.values);
  const { spec, layer = [], hconcat = [], vconcat = [], concat = [] } = view;
  const children = [...(spec ? [spec] : []), ...layer, ...hconcat, ...vconcat, ...concat];
  const inside = panel === undefined && children.some((child) => child.layer) ? undefined : own;
  return [
    ...(isNew ? data.values.map((row) => (own === undefined ? row : { panel: own, ...row })) : []),
    ...children.flatMap((child) => rowsOf(child, inside, seen)),
  ];
}

/** Without the tooltips of the page. Vega-Lite draws the same figure from it. */
export function specificationText(spec: object): string {
  const plain = (key: string, value: unknown): unknown => {
    if (key === 'values' && Array.isArray(value)) return value.map(withoutTips);
    return key === 'description' || key === 'aria' ? undefined : value;
  };
  return `${JSON.stringify(spec, plain, 1)}\n`;
}

function withoutTips(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => key !== 'tip' && key !== 'series'),
  );
}
