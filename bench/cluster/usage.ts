/** What a process uses, from the kernel's counters, and what a run leaves on the disk. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unlessAbsent } from '../../src/base/system-error.ts';

export interface Used {
  /** Of the processor. Unlike time by the clock, it can be compared on a busy machine. */
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

const EVERY_MS = 100;
/** The unit of times in `/proc`, on every common machine. */
const TICKS_PER_SECOND = 100;

/** Watches a process until it has ended. */
export async function usedBy(pid: number, ended: Promise<unknown>): Promise<Used> {
  let used: Used = { cpuSeconds: 0, peakMegabytes: 0 };
  const look = (): void => {
    const memory = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1];
    // The name of the program is in brackets and may contain spaces.
    const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ');
    if (memory === undefined || !fields) return;
    const ticks = Number(fields[11]) + Number(fields[12]);
    used = {
      cpuSeconds: ticks / TICKS_PER_SECOND,
      peakMegabytes: Math.round(Number(memory) / 1024),
    };
  };
  const timer = setInterval(look, EVERY_MS);
  await ended;
  clearInterval(timer);
  return used;
}

export interface Left {
  /** Files and folders. */
  readonly names: number;
  readonly megabytes: number;
}

export function leftIn(folder: string): Left {
  const names =
    unlessAbsent(() => readdirSync(folder, { recursive: true, encoding: 'utf8' })) ?? [];
  const sizes = names.map((name) => unlessAbsent(() => lstatSync(join(folder, name)).size) ?? 0);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return { names: names.length, megabytes: Math.round(bytes / 1e5) / 10 };
}

function read(path: string): string {
  return unlessAbsent(() => readFileSync(path, 'utf8')) ?? '';
}
