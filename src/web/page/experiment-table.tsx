/** The rows of the table of experiments, each with a box to compare it. */
import { stageOfInstance } from '../../base/stage-name.ts';
import type { ExperimentLine } from '../answers.ts';
import { type DataColumn, DataTable } from './data-table.tsx';
import { picked, sort, sortBy } from './experiment-state.ts';
import { go } from './route.ts';
import { byId } from './store.ts';

interface TableProps {
  readonly columns: readonly DataColumn<ExperimentLine>[];
  readonly rows: readonly ExperimentLine[];
  readonly ids: ReadonlyMap<ExperimentLine, string>;
}

export function ExperimentTable({ columns, rows, ids }: TableProps) {
  const isPicked = (row: ExperimentLine): boolean => picked.value.has(ids.get(row)!);
  const toggle = (row: ExperimentLine): void => {
    const next = new Set(picked.value);
    const id = ids.get(row)!;
    if (!next.delete(id)) next.add(id);
    picked.value = next;
  };
  return (
    <DataTable
      label="Table of experiments"
      columns={columns}
      rows={rows}
      idOf={(row) => ids.get(row)!}
      order={sort.value}
      onSort={sortBy}
      lead={{
        name: 'compare',
        width: '2.2rem',
        cell: (row) => (
          <input
            type="checkbox"
            checked={isPicked(row)}
            onChange={() => toggle(row)}
            aria-label={`compare ${row.key.slice(0, 7)}`}
          />
        ),
      }}
      rowClass={(row) => (isPicked(row) ? 'picked' : '')}
      cell={(row, column, text) =>
        column === 'key' && byId.has(row.stage) ? (
          <button
            type="button"
            class="link code"
            title={row.stage}
            onClick={() =>
              go({ view: 'graph', group: stageOfInstance(row.stage), stage: row.stage })
            }
          >
            {text}
          </button>
        ) : undefined
      }
    />
  );
}
