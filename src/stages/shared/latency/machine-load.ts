/** How busy other programs keep the machine. */
import { cpus } from 'node:os';

/** Milliseconds of all cores since the machine started. */
export interface ProcessorTimes {
  readonly busy: number;
  readonly all: number;
}

export function processorTimes(): ProcessorTimes {
  const times = cpus().map(({ times: { user, nice, sys, irq, idle } }) => {
    const busy = user + nice + sys + irq;
    return { busy, all: busy + idle };
  });
  const sum = (of: (one: ProcessorTimes) => number) =>
    times.reduce((total, one) => total + of(one), 0);
  return { busy: sum(({ busy }) => busy), all: sum(({ all }) => all) };
}

/**
 * The share of the machine that others used between two times.
 *
 * @param own the milliseconds that are not theirs
 */
export function loadOfOthers(before: ProcessorTimes, after: ProcessorTimes, own: number): number {
  const all = after.all - before.all;
  if (all <= 0) return 0;
  return Math.min(1, Math.max(0, (after.busy - before.busy - own) / all));
}
