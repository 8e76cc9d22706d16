/**
 * Whether the kernel ended a process of this job because the job used too much memory. Slurm says so
 * only when the whole job ends, and the job goes on with its next stage.
 */
import { readFileSync } from 'node:fs';
import { unlessRefused } from '../../../base/system-error.ts';

/** The returned function says whether there was such a process since the call. */
export function killedForMemory(): () => boolean {
  const before = count();
  return () => count() > before;
}

/** The job's own control group counts them. 0 without control groups. */
function count(): number {
  const group = /^0::(.*)$/m.exec(read('/proc/self/cgroup'))?.[1];
  if (group === undefined) return 0;
  const events = read(`/sys/fs/cgroup${group}/memory.events`);
  return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0);
}

function read(path: string): string {
  return unlessRefused(() => readFileSync(path, 'utf8')) ?? '';
}
