/** All commands except `run`. They are loaded together, when one of them is named or all are listed. */
import type { AddCommand } from './add-command.ts';
import { addAccept } from './commands/accept.ts';
import { addBackend } from './commands/backend.ts';
import { addCache } from './commands/cache.ts';
import { addCurves } from './commands/curves.ts';
import { addDiff } from './commands/diff.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExperiments } from './commands/experiments.ts';
import { addExplain } from './commands/explain.ts';
import { addExport } from './commands/export.ts';
import { addGc } from './commands/gc.ts';
import { addGraph } from './commands/graph.ts';
import { addImport } from './commands/import.ts';
import { addInit } from './commands/init.ts';
import { addLock } from './commands/lock.ts';
import { addLog } from './commands/log.ts';
import { addMetrics } from './commands/metrics.ts';
import { addPlan } from './commands/plan.ts';
import { addPull } from './commands/pull.ts';
import { addPush } from './commands/push.ts';
import { addRuns } from './commands/runs.ts';
import { addShow } from './commands/show.ts';
import { addUi } from './commands/ui.ts';
import { addVerify } from './commands/verify.ts';

/** In the order of the help text. */
export const otherCommands: readonly AddCommand[] = [
  addPlan,
  addExplain,
  addGraph,
  addShow,
  addUi,
  addMetrics,
  addExperiments,
  addCurves,
  addLog,
  addRuns,
  addDiff,
  addExport,
  addLock,
  addAccept,
  addPull,
  addPush,
  addCache,
  addVerify,
  addGc,
  addInit,
  addImport,
  addDoctor,
  addBackend,
];
