/** The instances of a stage as a table: the axes that vary, and the metrics. */
import { addTo } from '../../base/add-to.ts';
import type { Cell } from '../../base/table-query.ts';
import {
  constantColumns,
  type ExperimentColumn,
  InstanceNames,
  isNumber,
  makeTable,
  measuredStages,
  type Prepared,
} from '../../runner/index.ts';
import type { InstanceLine, InstancesAnswer } from '../answers.ts';
import type { Board } from './board.ts';
import { withReported } from './reported-plan.ts';

/** Each of these files is read for an answer. */
const MOST_MEASURED = 5_000;

export function instancesOf(name: string, planned: Prepared, board: Board): InstancesAnswer {
  const members = planned.plan.pipeline.stages.filter((stage) => stage.name === name);
  const ids = members.map(({ id }) => id);
  const { plan, planContext } = withReported(planned, board, ids);
  const measured = measuredStages(members.slice(0, MOST_MEASURED), plan, planContext);
  const table = makeTable(measured.stages);
  const axes = new InstanceNames(plan.pipeline).varying(name);
  const all = new Set(['stage', ...members.flatMap((stage) => [...stage.axes.keys()])]);
  const constant = new Set(constantColumns(table));
  const others = table.columns.filter((column) => !all.has(column));
  const isNumeric = (column: string): boolean =>
    table.lines.every(({ cells }) => isNumber(cells.get(column) ?? 0));
  const kinds: readonly ExperimentColumn[] = [
    ...axes.map((axis) => ({ name: axis, kind: 'axis' as const })),
    ...others
      .filter((column) => table.identifying.includes(column))
      .map((column) => ({ name: column, kind: 'word' as const })),
    ...others
      .filter((column) => isNumeric(column) && !constant.has(column))
      .filter((column) => !table.identifying.includes(column))
      .map((column) => ({ name: column, kind: 'metric' as const })),
  ];
  const lines = new Map<string, InstanceLine[]>();
  for (const { stage, upToDate, cells } of table.lines) {
    const line = { stage, upToDate, cells: kinds.map((one) => cells.get(one.name) ?? null) };
    addTo(lines, stage, line);
  }
  const rows = members.flatMap(({ id, axes: own }): readonly InstanceLine[] => {
    const cells = kinds.map(
      ({ name: column, kind }): Cell => (kind === 'axis' ? (own.get(column) ?? null) : null),
    );
    return lines.get(id) ?? [{ stage: id, upToDate: false, cells }];
  });
  return { columns: kinds, rows, measured: Math.min(members.length, MOST_MEASURED) };
}
