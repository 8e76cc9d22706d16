/** The rows of the table of experiments. Only the visible ones are rendered. */
import { useMemo, useRef } from 'preact/hooks';
import { DIGEST_COLUMNS, enoughOf } from '../../base/short-digests.ts';
import { stageOfInstance } from '../../base/stage-name.ts';
import { type Cell, isMissing, numberIn, plainText } from '../../base/table-query.ts';
import { figure } from '../../base/units.ts';
import type { ExperimentLine } from '../messages.ts';
import type { CellOf } from './experiment-query.ts';
import { picked, sort, sortBy } from './experiment-state.ts';
import { go } from './route.ts';
import { byId } from './store.ts';
import { useVisibleRows } from './visible-rows.ts';

const ROW_HEIGHT = 30;

/** Characters. A longer text ends in an ellipsis, and is whole in its title. */
const WIDEST = 48;

export interface ShownColumn {
  readonly name: string;
  readonly kind: string;
  readonly isNumeric: boolean;
  readonly text: (row: ExperimentLine) => string;
  /** The width in characters. */
  readonly width: number;
}

/** `all` are the rows before the filter, so that a filter does not change widths. */
export function shownColumns(
  columns: readonly { readonly name: string; readonly kind: string }[],
  all: readonly ExperimentLine[],
  cellOf: CellOf,
): readonly ShownColumn[] {
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

interface TableProps {
  readonly columns: readonly ShownColumn[];
  readonly rows: readonly ExperimentLine[];
  readonly ids: ReadonlyMap<ExperimentLine, string>;
}

export function ExperimentTable({ columns, rows, ids }: TableProps) {
  const box = useRef<HTMLElement>(null);
  const { first, end, look } = useVisibleRows(box, rows.length, ROW_HEIGHT);
  const order = sort.value;
  const width = useMemo(() => columns.reduce((sum, column) => sum + column.width, 0), [columns]);
  return (
    <section
      ref={box}
      class="experiment-rows"
      onScroll={look}
      tabIndex={0}
      aria-label="Table of experiments"
    >
      <table aria-rowcount={rows.length + 1} style={{ width: `calc(${width}ch + 2.2rem)` }}>
        <colgroup>
          <col style={{ width: '2.2rem' }} />
          {columns.map(({ name, width: own }) => (
            <col key={name} style={{ width: `${own}ch` }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">compare</span>
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
                <button type="button" class="sorts" title={name} onClick={() => sortBy(name)}>
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
            <Row
              key={ids.get(row)}
              row={row}
              id={ids.get(row)!}
              index={first + i}
              columns={columns}
            />
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

interface RowProps {
  readonly row: ExperimentLine;
  readonly id: string;
  readonly index: number;
  readonly columns: readonly ShownColumn[];
}

function Row({ row, id, index, columns }: RowProps) {
  const isPicked = picked.value.has(id);
  const toggle = (): void => {
    const next = new Set(picked.value);
    if (!next.delete(id)) next.add(id);
    picked.value = next;
  };
  return (
    <tr aria-rowindex={index + 2} class={isPicked ? 'picked' : ''}>
      <td>
        <input
          type="checkbox"
          checked={isPicked}
          onChange={toggle}
          aria-label={`compare ${row.key.slice(0, 7)}`}
        />
      </td>
      {columns.map(({ name, isNumeric, text }) => (
        <td key={name} class={isNumeric ? 'number' : ''} title={text(row)}>
          {name === 'key' && byId.has(row.stage) ? (
            <button
              type="button"
              class="link code"
              title={row.stage}
              onClick={() =>
                go({ view: 'graph', group: stageOfInstance(row.stage), stage: row.stage })
              }
            >
              {text(row)}
            </button>
          ) : (
            text(row)
          )}
        </td>
      ))}
    </tr>
  );
}
