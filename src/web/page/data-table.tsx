/** A table whose rows can be sorted. Only the visible rows are rendered. */
import type { ComponentChildren } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { DIGEST_COLUMNS, enoughOf } from '../../base/short-digests.ts';
import {
  type Cell,
  type CellOf,
  isMissing,
  numberIn,
  plainText,
  type SortKey,
} from '../../base/table-query.ts';
import { figure } from '../../base/units.ts';
import { useVisibleRows } from './visible-rows.ts';

const ROW_HEIGHT = 30;

/** Characters. A longer text ends in an ellipsis, and is whole in its title. */
const WIDEST = 48;

export interface DataColumn<Row> {
  readonly name: string;
  readonly kind: string;
  readonly isNumeric: boolean;
  readonly text: (row: Row) => string;
  /** The width in characters. */
  readonly width: number;
}

/** `all` are the rows before the filter, so that a filter does not change widths. */
export function dataColumns<Row>(
  columns: readonly { readonly name: string; readonly kind: string }[],
  all: readonly Row[],
  cellOf: CellOf<Row>,
): readonly DataColumn<Row>[] {
  return columns.map(({ name, kind }) => {
    const cells = all.map((row) => cellOf(row, name));
    const isDigest = DIGEST_COLUMNS.has(name);
    const length = isDigest ? enoughOf(cells.map(plainText)) : Number.POSITIVE_INFINITY;
    const textOf = (cell: Cell): string => shown(cell, kind).slice(0, length);
    const longest = cells.reduce<number>((most, cell) => Math.max(most, textOf(cell).length), 0);
    const isNumeric =
      kind !== 'about' && cells.every((cell) => isMissing(cell) || numberIn(cell) !== undefined);
    // The sign of the order needs room too.
    const width = Math.min(WIDEST, Math.max(longest, name.length + 2)) + 2;
    return { name, kind, isNumeric, width, text: (row) => textOf(cellOf(row, name)) };
  });
}

/** Metrics are rounded. Other values tell rows apart. */
function shown(cell: Cell, kind: string): string {
  if (isMissing(cell)) return '–';
  if (typeof cell === 'number' && kind === 'metric') return figure(cell);
  return Array.isArray(cell) ? cell.join(', ') : String(cell);
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly DataColumn<Row>[];
  readonly rows: readonly Row[];
  readonly idOf: (row: Row) => string;
  readonly order: SortKey | undefined;
  readonly onSort: (column: string) => void;
  /** The first column, which is not sorted. */
  readonly lead: {
    readonly name: string;
    /** A width of CSS. */
    readonly width: string;
    readonly cell: (row: Row) => ComponentChildren;
  };
  /** Undefined for a cell with its text alone. */
  readonly cell?: (row: Row, column: string, text: string) => ComponentChildren;
  readonly rowClass?: (row: Row) => string;
  readonly onRow?: (row: Row) => void;
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, idOf, order, onSort, lead } = props;
  const box = useRef<HTMLElement>(null);
  const { first, end, look } = useVisibleRows(box, rows.length, ROW_HEIGHT);
  const width = useMemo(() => columns.reduce((sum, column) => sum + column.width, 0), [columns]);
  return (
    <section ref={box} class="data-rows" onScroll={look} tabIndex={0} aria-label={label}>
      <table aria-rowcount={rows.length + 1} style={{ width: `calc(${width}ch + ${lead.width})` }}>
        <colgroup>
          <col style={{ width: lead.width }} />
          {columns.map(({ name, width: own }) => (
            <col key={name} style={{ width: `${own}ch` }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">{lead.name}</span>
            </th>
            {columns.map(({ name, isNumeric }) => (
              <th
                key={name}
                scope="col"
                class={isNumeric ? 'number' : ''}
                aria-sort={
                  order?.column !== name ? 'none' : order.descending ? 'descending' : 'ascending'
                }
              >
                <button type="button" class="sorts" title={name} onClick={() => onSort(name)}>
                  {name}
                  {order?.column === name && (
                    <span aria-hidden="true"> {order.descending ? '▼' : '▲'}</span>
                  )}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <Space rows={first} span={columns.length + 1} />}
          {rows.slice(first, end).map((row, i) => (
            <Row key={idOf(row)} row={row} index={first + i} table={props} />
          ))}
          {end < rows.length && <Space rows={rows.length - end} span={columns.length + 1} />}
        </tbody>
      </table>
    </section>
  );
}

function Space({ rows, span }: { readonly rows: number; readonly span: number }) {
  return (
    <tr class="space">
      <td colSpan={span} style={{ height: rows * ROW_HEIGHT }} />
    </tr>
  );
}

interface RowProps<Row> {
  readonly row: Row;
  readonly index: number;
  readonly table: DataTableProps<Row>;
}

function Row<R>({ row, index, table: { columns, lead, cell, rowClass, onRow } }: RowProps<R>) {
  return (
    // The button in the first cell does the same with the keyboard.
    <tr
      aria-rowindex={index + 2}
      class={rowClass?.(row) ?? ''}
      {...(onRow && { onClick: () => onRow(row) })}
    >
      <td>{lead.cell(row)}</td>
      {columns.map(({ name, isNumeric, text }) => {
        const shownText = text(row);
        return (
          <td key={name} class={isNumeric ? 'number' : ''} title={shownText}>
            {cell?.(row, name, shownText) ?? shownText}
          </td>
        );
      })}
    </tr>
  );
}
