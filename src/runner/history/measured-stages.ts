/** The metrics of stages as they are now, for tables. */
import type { PlanContext } from '../execution/decide.ts';
import type { Plan } from '../execution/plan.ts';
import type { Stage } from '../graph/pipeline.ts';
import { type Metrics, readMetricFiles } from './metrics.ts';
import type { MeasuredStage } from './metrics-table.ts';

export interface MeasuredStages extends Pick<Metrics, 'unread'> {
  readonly stages: readonly MeasuredStage[];
}

/** Stages without metrics are left out. A stage that is not up to date has its last metrics. */
export function measuredStages(
  stages: readonly Stage[],
  plan: Plan,
  context: Pick<PlanContext, 'latest' | 'store'>,
): MeasuredStages {
  const unread: string[] = [];
  const measured = stages.flatMap((stage) => {
    const decision = plan.decisions.get(stage.id)!;
    const upToDate = decision.kind === 'hit';
    const outputs = upToDate ? decision.outputs : context.latest.get(stage.id)?.outputs;
    if (!outputs) return [];
    const { rows, unread: files } = readMetricFiles(stage, outputs, context.store);
    const { id, name, axes } = stage;
    for (const file of files) unread.push(`${file} of ${id}`);
    return rows.length > 0 ? [{ stage: id, name, axes, upToDate, rows }] : [];
  });
  return { stages: measured, unread };
}
