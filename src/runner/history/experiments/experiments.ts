/**
 * All measured configurations of all runs as one table. Equal results of several runs are one row. The columns are the
 * axes, the words and parameters that tell rows apart, and the metrics of all stages.
 */
import { addTo } from '../../../base/add-to.ts';
import type { Cell } from '../../../base/table-query.ts';
import type { PlanContext } from '../../execution/decide.ts';
import type { Plan } from '../../execution/plan.ts';
import type { StageKey } from '../../key/fingerprint.ts';
import type { Layout } from '../../store/layout.ts';
import { isWord, type Metric } from '../metrics.ts';
import { type RunStarted, readRun, runIds } from '../run-journal.ts';
import { ABOUT, type ColumnKind, type ExperimentColumn, metricNames } from './columns.ts';
import { type JoinedRow, joinRows, rowIdentity, withoutParts } from './joined-rows.ts';
import { MetricReader } from './measured.ts';
import { differingParameters, ParameterReader } from './parameter-columns.ts';
import { type PastResults, resultsInPlan, resultsInRun } from './past-results.ts';

export interface Experiments {
  readonly columns: readonly ExperimentColumn[];
  readonly rows: readonly Experiment[];
  /** Files that should contain metrics but can't be read as numbers. */
  readonly unread: readonly string[];
}

export interface Experiment {
  /** The key of the last stage of the row. */
  readonly key: StageKey;
  readonly stage: string;
  /** Newest first. */
  readonly runs: readonly string[];
  readonly cells: ReadonlyMap<string, Cell>;
  /** Of all stages of the configuration. Read on demand. */
  readonly parameters: () => ReadonlyMap<string, Metric>;
}

/** A row in the newest run that has it, with all of its runs. */
interface FoundRow extends JoinedRow {
  readonly source: PastResults;
  readonly runs: RunStarted[];
  isCurrent: boolean;
  madeBy: RunStarted | undefined;
}

/** `onlyRuns` restricts the table to these runs. Otherwise it has the current results and those of all runs. */
export function listExperiments(
  layout: Layout,
  plan: Plan,
  { store, actions }: Pick<PlanContext, 'store' | 'actions'>,
  onlyRuns?: readonly string[],
): Experiments {
  const reader = new MetricReader(plan.pipeline, store);
  const rows = withoutParts(findRows(layout, plan, reader, onlyRuns));
  const parameters = new ParameterReader(actions);
  const parametersOf = ({ source, axes }: FoundRow) => parameters.read(source.within(axes));
  const axes = new Set(rows.flatMap((row) => [...row.axes.keys()]));
  const nameOf = metricNames(rows, plan.pipeline);
  const columns = new Map<string, ColumnKind>([['stage', 'axis']]);
  for (const name of axes) columns.set(name, 'axis');
  const cells = rows.map((row) => cellsOf(row, nameOf, columns));
  // The words of a row are part of its name, like its axes.
  const identifying = [...columns].flatMap(([name, kind]) => (kind === 'metric' ? [] : [name]));
  const alike = new Map<string, FoundRow[]>();
  for (const [i, row] of rows.entries()) {
    const id = JSON.stringify(identifying.map((name) => cells[i]!.get(name) ?? null));
    addTo(alike, id, row);
  }
  const groups = [...alike.values()].filter((group) => group.length > 1);
  const differing = differingParameters(groups, parametersOf);
  for (const [i, row] of differing.length > 0 ? rows.entries() : []) {
    const own = parametersOf(row);
    for (const name of differing) cells[i]!.set(name, own.get(name));
  }
  const named = (kind: ColumnKind): ExperimentColumn[] =>
    [...columns].flatMap(([name, own]) => (own === kind ? [{ name, kind }] : []));
  return {
    columns: [
      ...named('axis'),
      ...named('word'),
      ...differing.map((name) => ({ name, kind: 'parameter' as const })),
      ...named('metric'),
      ...ABOUT.map((name) => ({ name, kind: 'about' as const })),
    ],
    rows: rows.map((row, i) => {
      const { key, stage } = row.own.at(-1)!;
      const runs = row.runs.map(({ run }) => run);
      return { key, stage, runs, cells: cells[i]!, parameters: () => parametersOf(row) };
    }),
    unread: [...reader.unread],
  };
}

function findRows(
  layout: Layout,
  plan: Plan,
  reader: MetricReader,
  onlyRuns: readonly string[] | undefined,
): readonly FoundRow[] {
  const rows = new Map<string, FoundRow>();
  const current = resultsInPlan(plan);
  const add = (source: PastResults): void => {
    for (const row of joinRows(source.results.map((result) => reader.read(result)))) {
      const id = rowIdentity(row);
      let found = rows.get(id);
      if (!found) {
        found = { ...row, source, runs: [], isCurrent: source === current, madeBy: undefined };
        rows.set(id, found);
      }
      if (!source.run) continue;
      found.runs.push(source.run);
      if (source.made.has(row.own.at(-1)!.key)) found.madeBy = source.run;
    }
  };
  add(current);
  const currentIds = new Set(rows.keys());
  if (onlyRuns) rows.clear();
  for (const run of onlyRuns ?? runIds(layout)) {
    const source = resultsInRun(readRun(layout, run), plan.pipeline.byId);
    if (source) add(source);
  }
  for (const [id, row] of rows) row.isCurrent = currentIds.has(id);
  return [...rows.values()];
}

/** Adds the names of new columns to `columns`. */
function cellsOf(
  row: FoundRow,
  nameOf: (stage: string, metric: string) => string,
  columns: Map<string, ColumnKind>,
): Map<string, Cell> {
  const stage = row.own.at(-1)!.name;
  const cells = new Map<string, Cell>([['stage', stage], ...row.axes]);
  if (row.row !== undefined && /^\d+$/.test(row.row)) {
    columns.set('row', 'axis');
    cells.set('row', Number(row.row));
  }
  for (const { result, line } of row.parts) {
    for (const [metric, value] of Object.entries(line.values)) {
      // Metrics may repeat an axis, which adds no information.
      if (row.axes.has(metric) && isSameName(row.axes.get(metric), value)) continue;
      const short = nameOf(result.name, metric);
      const name = row.axes.has(short) ? `${result.name}.${metric}` : short;
      cells.set(name, value);
      // A metric of another stage may have the name of an axis, such as the method of a baseline.
      if (columns.get(name) === 'axis') continue;
      if (isWord(value)) columns.set(name, 'word');
      else if (!columns.has(name)) columns.set(name, 'metric');
    }
  }
  const run = row.madeBy ?? row.runs.at(-1);
  const { version, commit, changed } = run?.origin ?? {};
  const names = [...new Set(row.runs.flatMap(({ name }) => name ?? []))];
  const about: Record<(typeof ABOUT)[number], Cell> = {
    name: names,
    run: run?.run,
    time: run?.time,
    commit,
    changed,
    version,
    current: row.isCurrent,
  };
  for (const [name, value] of Object.entries(about)) cells.set(name, value);
  return cells;
}

/** A stage may write its axis in other letters, such as "MNIST". */
function isSameName(axis: unknown, metric: Metric): boolean {
  return String(axis).toLowerCase() === String(metric).toLowerCase();
}
