/** The instances of a stage as a table: their state, the axes that vary and their metrics. */
import { useMemo, useState } from 'preact/hooks';
import type { CellOf, SortKey } from '../../base/table-query.ts';
import { counted, duration } from '../../base/units.ts';
import type { InstanceLine, InstancesAnswer } from '../answers.ts';
import type { StageState } from '../messages.ts';
import { DataTable, dataColumns } from './data-table.tsx';
import { cellsOf, find, idsOf } from './experiment-query.ts';
import { nextOrder } from './experiment-state.ts';
import { useQuery } from './query.ts';
import { go } from './route.ts';
import { LOOKS, STATES } from './states.ts';
import {
  byId,
  clock,
  fractionOf,
  groups,
  type Instance,
  membersOf,
  readings,
  secondsRun,
  version,
} from './store.ts';

interface InstancesProps {
  readonly name: string;
  readonly place: number;
}

/** While a stage runs, its metrics are requested again at most this often in all. */
const MOST_REQUESTS = 100;

export function Instances({ name, place }: InstancesProps) {
  const { counts } = groups.value[place]!.value;
  const all = membersOf(place).length;
  const done = Math.floor((counts.done ?? 0) / Math.max(1, all / MOST_REQUESTS));
  const query = { stage: name };
  const { value, error } = useQuery<InstancesAnswer>(
    '/api/instances',
    query,
    `${readings.value} ${done}`,
  );
  if (error) return <p class="error">{error}</p>;
  if (!value) return <p class="faint">…</p>;
  return <Table name={name} place={place} answer={value} />;
}

function Table({ name, place, answer }: InstancesProps & { readonly answer: InstancesAnswer }) {
  const [only, setOnly] = useState<StageState | undefined>();
  const [filter, setFilter] = useState('');
  const [order, setOrder] = useState<SortKey | undefined>();
  version.value;
  const { counts, running } = groups.value[place]!.value;
  if (running.length > 0) clock.value;
  const cellOf = useMemo(() => liveCellsOf(answer), [answer]);
  const ids = useMemo(() => idsOf(answer.rows, ({ stage }) => stage), [answer]);
  const columns = useMemo(() => {
    const shown = [...answer.columns, { name: 'took', kind: 'axis' }];
    return dataColumns(shown, answer.rows, cellOf).map((column) =>
      column.name === 'took' ? { ...column, width: 12, text: tookOf } : column,
    );
  }, [answer]);
  const known = answer.rows.filter(({ stage }) => byId.has(stage));
  const isShown = ({ stage }: InstanceLine): boolean =>
    only === undefined || byId.get(stage)!.state === only;
  const rows = known.filter(isShown);
  const asked = { columns: [...answer.columns, { name: 'state' }, { name: 'took' }], rows };
  const { rows: found, problems } = find(asked, cellOf, filter, order ? [order] : [], (row) =>
    row.stage.slice(name.length),
  );
  const shown = new Set(found.map(({ stage }) => stage)).size;
  const stale = known.some(({ upToDate, cells }) => !upToDate && hasMetrics(cells, answer));
  const open = ({ stage }: InstanceLine): void => go({ view: 'graph', group: name, stage });
  return (
    <div class="instances">
      <fieldset class="filters">
        <legend class="unseen">Show only</legend>
        {STATES.filter((state) => counts[state] || state === only).map((state) => (
          <button
            key={state}
            type="button"
            class={`chip ${state}`}
            aria-pressed={only === state}
            onClick={() => setOnly(only === state ? undefined : state)}
          >
            <span aria-hidden="true">{LOOKS[state].sign}</span> {counts[state] ?? 0}{' '}
            {LOOKS[state].name}
          </button>
        ))}
        <input
          type="search"
          placeholder="svd rate=25 accuracy>0.97"
          aria-label="Filter, such as svd rate=25 accuracy>0.97"
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      </fieldset>
      {problems.map((problem) => (
        <p key={problem} class="note">
          {problem}
        </p>
      ))}
      <p class="faint">
        {counted(shown, 'instance', 'instances')}
        {stale && '; * out of date'}
        {answer.measured < membersOf(place).length && `; metrics of the first ${answer.measured}`}
      </p>
      <DataTable
        label={`Instances of ${name}`}
        columns={columns}
        rows={found}
        idOf={(row) => ids.get(row)!}
        order={order}
        onSort={(column) => setOrder(nextOrder(order, column))}
        lead={{ name: 'state', width: '7rem', cell: (row) => <State row={row} open={open} /> }}
        cell={(row, column, text) =>
          !row.upToDate && text !== '–' && isMetric(column, answer) ? `${text} *` : undefined
        }
        rowClass={({ stage }) => `instance ${byId.get(stage)?.state ?? ''}`}
        onRow={open}
      />
    </div>
  );
}

function State({
  row,
  open,
}: {
  readonly row: InstanceLine;
  readonly open: (row: InstanceLine) => void;
}) {
  const instance = byId.get(row.stage)!;
  const { state } = instance;
  const fraction = state === 'running' ? fractionOf(instance, Date.now()) : undefined;
  return (
    <button
      type="button"
      class="open"
      title={row.stage}
      onClick={(event) => {
        // The row opens it too.
        event.stopPropagation();
        open(row);
      }}
    >
      <span aria-hidden="true">{LOOKS[state].sign}</span> {LOOKS[state].name}
      {fraction !== undefined && ` ${Math.floor(fraction * 100)}%`}
    </button>
  );
}

/** Also what changes during a run, which is not in the answer. An axis may have one of these names. */
function liveCellsOf(answer: InstancesAnswer): CellOf<InstanceLine> {
  const own = cellsOf(answer);
  const names = new Set(answer.columns.map(({ name }) => name));
  return (row, column) => {
    if (names.has(column)) return own(row, column);
    const instance = byId.get(row.stage);
    if (column === 'state') return instance && LOOKS[instance.state].name;
    return column === 'took' ? secondsOf(instance) : undefined;
  };
}

/** The duration of its last run; while it runs, the time until now. Of other instances, only an estimate is known. */
function secondsOf(instance: Instance | undefined): number | undefined {
  switch (instance?.state) {
    case 'running': {
      const seconds = secondsRun(instance, Date.now());
      return seconds === undefined ? undefined : Math.floor(seconds);
    }
    case 'done':
    case 'cached':
      return instance.seconds;
    default:
      return undefined;
  }
}

function tookOf({ stage }: InstanceLine): string {
  const seconds = secondsOf(byId.get(stage));
  return seconds === undefined ? '–' : duration(seconds);
}

function isMetric(column: string, { columns }: InstancesAnswer): boolean {
  return columns.some(({ name, kind }) => name === column && kind === 'metric');
}

function hasMetrics(cells: InstanceLine['cells'], { columns }: InstancesAnswer): boolean {
  return columns.some(({ kind }, i) => kind === 'metric' && cells[i] !== null);
}
