/** The table of all configurations of all runs, rows of it side by side, and two charts of its columns. */
import { useLayoutEffect, useMemo } from 'preact/hooks';
import { type CellOf, numberIn } from '../../base/table-query.ts';
import { isShared, tellingColumns } from '../../base/telling-columns.ts';
import { counted } from '../../base/units.ts';
import type { ExperimentLine, ExperimentsAnswer } from '../answers.ts';
import { Parallel } from './charts/parallel.tsx';
import { Scatter } from './charts/scatter.tsx';
import { ColumnChoice } from './column-choice.tsx';
import { dataColumns } from './data-table.tsx';
import { cellsOf, find, idsOf } from './experiment-query.ts';
import {
  columns as chosen,
  filter,
  keepColumns,
  loadColumns,
  picked,
  sort,
} from './experiment-state.ts';
import { ExperimentTable } from './experiment-table.tsx';
import { useLater } from './later.ts';
import { useQuery } from './query.ts';
import { SideBySide } from './side-by-side.tsx';
import { pipeline, readings, run } from './store.ts';

export function Experiments() {
  const status = run.value?.status;
  const { value, error } = useQuery<ExperimentsAnswer>(
    '/api/experiments',
    {},
    `${readings.value} ${status?.run} ${status?.state}`,
  );
  if (error) return <p class="error">{error}</p>;
  if (!value) return <p class="faint">…</p>;
  if (value.rows.length === 0) return <p class="faint">No run has results with metrics.</p>;
  return <Table answer={value} />;
}

/** Metrics that are shown unless a user chooses others. */
const MOST_METRICS = 6;

const KEY = { name: 'key', kind: 'about' };

function Table({ answer }: { readonly answer: ExperimentsAnswer }) {
  const project = pipeline.value?.name ?? '';
  // Before the browser paints, so that other columns are never seen.
  useLayoutEffect(() => loadColumns(project), [project]);
  const { columns, rows: all, unread } = answer;
  const cellOf = useMemo((): CellOf<ExperimentLine> => {
    const own = cellsOf(answer);
    return (row, column) => (column === KEY.name ? row.key : own(row, column));
  }, [answer]);
  const ids = useMemo(() => idsOf(all, ({ key }) => key), [answer]);
  const telling = useMemo(() => tellingColumns(columns, all, cellOf), [answer]);
  const numeric = useMemo(
    () =>
      columns.filter(
        ({ name, kind }) =>
          kind !== 'about' &&
          !isShared({ name, kind }, all, cellOf) &&
          all.some((row) => numberIn(cellOf(row, name)) !== undefined),
      ),
    [answer],
  );
  const usual = useMemo(
    () =>
      columns
        .filter((column) => column.kind === 'metric' && !isShared(column, all, cellOf))
        .slice(0, MOST_METRICS)
        .map(({ name }) => name),
    [answer],
  );
  const wanted = chosen.value ?? usual;
  const shown = useMemo(() => {
    const others = columns.filter(
      (column) => wanted.includes(column.name) && !telling.includes(column),
    );
    return dataColumns([KEY, ...telling, ...others], all, cellOf);
  }, [answer, wanted.join('\n')]);
  const order = sort.value;
  const { rows, problems } = useMemo(
    () => find(answer, cellOf, filter.value, order ? [order] : []),
    [answer, filter.value, order],
  );
  const compared = all.filter((row) => picked.value.has(ids.get(row)!));
  const data = { rows: useLater(rows), all, numeric, telling, cellOf };
  return (
    <section class="experiments" aria-label="Experiments">
      <h2>Experiments</h2>
      <div class="tools">
        <input
          type="search"
          value={filter.value}
          placeholder="rate=25 accuracy>0.97"
          aria-label="Filter, such as rate=25 accuracy>0.97"
          onInput={({ currentTarget }) => {
            filter.value = currentTarget.value;
          }}
        />
        <span class="faint" role="status">
          {rows.length < all.length
            ? `${rows.length} of ${counted(all.length, 'row', 'rows')}`
            : counted(all.length, 'row', 'rows')}
        </span>
        <ColumnChoice
          label="Columns"
          columns={columns.filter((column) => !telling.includes(column))}
          chosen={wanted}
          onChoose={(names) => keepColumns(project, names)}
        />
      </div>
      {problems.map((problem) => (
        <p key={problem} class="note">
          {problem}
        </p>
      ))}
      {unread.length > 0 && <p class="note">not JSON or YAML with numbers: {unread.join(', ')}</p>}
      <ExperimentTable columns={shown} rows={rows} ids={ids} />
      {compared.length > 1 && <SideBySide rows={compared} columns={columns} cellOf={cellOf} />}
      <Scatter {...data} />
      <Parallel {...data} columns={columns} shown={wanted} />
    </section>
  );
}
