/** The filter of the table of experiments, as a text of a user: `rate=25 accuracy>0.97 model="VGG-11 w1"`. */
import { byBeginning } from '../../base/short-digests.ts';
import {
  type Cell,
  type Condition,
  findColumn,
  matching,
  parseCondition,
  type SortKey,
  sorted,
} from '../../base/table-query.ts';
import type { ExperimentLine, ExperimentsAnswer } from '../messages.ts';

export type CellOf = (row: ExperimentLine, column: string) => Cell;

export interface Found {
  readonly rows: readonly ExperimentLine[];
  /** Sentences about the parts of the filter that are not used. */
  readonly problems: readonly string[];
}

export function cellsOf({ columns }: ExperimentsAnswer): CellOf {
  const places = new Map(columns.map(({ name }, i) => [name, i]));
  return (row, column) => (column === 'key' ? row.key : row.cells[places.get(column) ?? -1]);
}

/** The key, and a number where several rows have it. They are the same in later answers. */
export function idsOf(rows: readonly ExperimentLine[]): ReadonlyMap<ExperimentLine, string> {
  const counts = new Map<string, number>();
  return new Map(
    rows.map((row) => {
      const before = counts.get(row.key) ?? 0;
      counts.set(row.key, before + 1);
      return [row, `${row.key} ${before}`];
    }),
  );
}

/** Parts that are no conditions are not used, because a user may still be writing them. */
export function find(
  { columns, rows }: ExperimentsAnswer,
  cellOf: CellOf,
  filter: string,
  keys: readonly SortKey[],
): Found {
  const names = ['key', ...columns.map(({ name }) => name)];
  const problems: string[] = [];
  const conditions = partsOf(filter).flatMap((part): readonly Condition[] => {
    const condition = parseCondition(part);
    if (!condition) {
      problems.push(`“${part}” is not a filter; write rate=25 or accuracy>0.97`);
      return [];
    }
    const column = findColumn(condition.column, names);
    if (column !== undefined) return byBeginning({ ...condition, column }, rows, cellOf);
    problems.push(`no column is named “${condition.column}”`);
    return [];
  });
  return { rows: sorted(matching(rows, conditions, cellOf), keys, cellOf), problems };
}

/** Separated by spaces. A text in quotes may contain some. */
function partsOf(filter: string): readonly string[] {
  return (filter.match(/(?:[^\s"]|"[^"]*(?:"|$))+/g) ?? []).map((part) => part.replaceAll('"', ''));
}
