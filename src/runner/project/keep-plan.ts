/**
 * After a run that left the whole pipeline up to date, stores its plan as rows for the next run.
 */

import { rmSync } from 'node:fs';
import { unlessRefused } from '../../base/system-error.ts';
import type { RunFinished } from '../execution/event.ts';
import { folderOf } from '../execution/newest-results.ts';
import type { Stage, StageId } from '../graph/pipeline.ts';
import { writePlan } from '../state/last-plan.ts';
import { type LastResults, sameOutputs } from '../state/last-results.ts';
import { storedResult } from '../state/presence.ts';
import type { ResultRow } from '../state/results.ts';
import type { FileStamp } from '../store/file-stamp.ts';
import type { Layout } from '../store/layout.ts';
import type { Prepared } from './prepared.ts';

/** `made` are the stages that ran. If the plan can't be stored, the next one takes longer. */
export function keepPlan(
  layout: Layout,
  { executed, cached, notOnDisk, notFetched = 0 }: RunFinished,
  prepared: Prepared,
  made: ReadonlySet<StageId>,
): void {
  const { reads, rows, plan, planContext } = prepared;
  if (!reads || notOnDisk !== undefined || executed + cached < plan.decisions.size) return;
  // A row is about a result in the store.
  if (notFetched > 0) return;
  unlessRefused(() => {
    if (rows) changeRows(layout, prepared, rows, made);
    else {
      const all = rowsOf(plan.pipeline.stages.entries(), planContext, layout);
      if (!all) return;
      const inOrder = [...all.values()];
      const newest = newestStamp(inOrder, planContext.latest);
      const { facts } = planContext;
      writePlan(layout, { reads, newest, pipeline: plan.pipeline, facts, rows: inOrder });
      for (const path of layout.unusedState) rmSync(path, { recursive: true, force: true });
    }
  });
}

function changeRows(
  layout: Layout,
  { plan: { pipeline }, planContext }: Prepared,
  { last, files, decided }: NonNullable<Prepared['rows']>,
  made: ReadonlySet<StageId>,
): void {
  const { latest } = planContext;
  const asBefore = last.newest !== undefined && latest.isAsAt(last.newest);
  if (decided.size + made.size === 0 && asBefore) return;
  const changed = [...pipeline.stages.entries()].filter(
    ([place, { id }]) => decided.has(place) || made.has(id),
  );
  const rows = rowsOf(changed, planContext, layout);
  if (!rows) return;
  const all = last.results.map((row, place) => rows.get(place) ?? row);
  const newest = newestStamp(all, latest);
  last.change({ files, rows, ...(newest !== undefined && { newest }) });
}

/** Undefined if too little is known about the result of a stage. */
function rowsOf(
  stages: Iterable<readonly [number, Stage]>,
  known: Prepared['planContext'],
  layout: Layout,
): ReadonlyMap<number, ResultRow> | undefined {
  const rows = new Map<number, ResultRow>();
  for (const [place, stage] of stages) {
    const result = known.latest.get(stage.id);
    const stored = result && storedResult(result, folderOf(stage), known, layout);
    if (!stored) return undefined;
    rows.set(place, { id: stage.id, ...stored });
  }
  return rows;
}

/** Undefined if another process has recorded newer results, or may have. */
function newestStamp(rows: readonly ResultRow[], latest: LastResults): FileStamp | undefined {
  const stamp = latest.stamp();
  const areNewest = rows.every(({ id, key, outputs }) => {
    const newest = latest.get(id);
    return newest?.key === key && sameOutputs(newest.outputs, outputs);
  });
  return areNewest ? stamp : undefined;
}
