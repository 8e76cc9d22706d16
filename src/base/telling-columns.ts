/** Which columns of a table tell its rows apart. The command line and the page use this file. */
import { type CellOf, plainText } from './table-query.ts';

export interface TableColumn {
  readonly name: string;
  readonly kind: string;
}

/** Whether all rows have the same value. A row without the value differs from those that have it. */
export function isShared<Row>(
  { name }: TableColumn,
  rows: readonly Row[],
  cellOf: CellOf<Row>,
): boolean {
  return new Set(rows.map((row) => plainText(cellOf(row, name)))).size < 2;
}

/**
 * The axes that vary, and of the words, parameters, names and runs those that distinguish rows which the columns before
 * do not. Names of runs are always among them, because a person gave them.
 */
export function tellingColumns<Row, Column extends TableColumn>(
  columns: readonly Column[],
  rows: readonly Row[],
  cellOf: CellOf<Row>,
): readonly Column[] {
  let ids = rows.map(() => '');
  const telling: Column[] = [];
  const tries = ['axis', 'word', 'parameter', 'name', 'run'].flatMap((wanted) =>
    columns.filter(({ name, kind }) => wanted === (kind === 'about' ? name : kind)),
  );
  for (const column of tries) {
    const { name, kind } = column;
    if (isShared(column, rows, cellOf)) continue;
    const longer = rows.map((row, i) => JSON.stringify([ids[i], plainText(cellOf(row, name))]));
    const divides = new Set(longer).size > new Set(ids).size;
    if (kind !== 'axis' && name !== 'name' && !divides) continue;
    telling.push(column);
    ids = longer;
  }
  return telling;
}
