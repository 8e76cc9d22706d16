/** The table of all configurations of all runs, in the order of its columns. */
import { type Layout, listExperiments, type Prepared } from '../../runner/index.ts';
import type { ExperimentsAnswer } from '../answers.ts';

export function experimentsOf(layout: Layout, { plan, planContext }: Prepared): ExperimentsAnswer {
  const { columns, rows, unread } = listExperiments(layout, plan, planContext);
  return {
    columns,
    rows: rows.map(({ key, stage, cells }) => ({
      key,
      stage,
      cells: columns.map(({ name }) => cells.get(name) ?? null),
    })),
    unread,
  };
}
