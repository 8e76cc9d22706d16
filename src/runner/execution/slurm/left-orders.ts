/** What a run that uses no cluster says about the orders that earlier runs have sent to one. */
import { unlessRefused } from '../../../base/system-error.ts';
import { counted } from '../../../base/units.ts';
import type { Layout } from '../../store/layout.ts';
import { runsWithOrders, submissionsOf } from './order-files.ts';
import { missingCommand } from './why-no-cluster.ts';

/**
 * Undefined if there are none. The run does not need them: if a job still builds a stage, the lock of its key
 * makes the run wait.
 */
export function noteOnLeftOrders(
  layout: Layout,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const sent = (run: string): boolean => submissionsOf(layout, run).length > 0;
  // Orders that can't be read concern only runs on a cluster.
  const runs = unlessRefused(() => runsWithOrders(layout).filter(sent)) ?? [];
  if (runs.length === 0) return undefined;
  const of = counted(runs.length, 'earlier run', 'earlier runs');
  return missingCommand(environment) === undefined
    ? `the jobs that ${of} sent to Slurm are left there, and their stages are built here too; use --profile or --executor to wait for them instead`
    : `${layout.orders} has orders that ${of} sent to Slurm, which is not on this machine; they are left there, and their stages are built here`;
}
