/** The folder with the installations: its free space, and what installations put there and leave behind. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { hasEnded, makerOf, ownName } from '../../../base/maker.ts';
import { fail, ok, type Result } from '../../../base/result.ts';
import { isSystemError } from '../../../base/system-error.ts';
import type { Failure } from '../../failure.ts';
import type { Installable } from './recipe.ts';

export function roomFor(folder: string, gigabytes: number): Result<void, Failure> {
  try {
    mkdirSync(folder, { recursive: true });
    const { bavail, bsize } = statfsSync(folder);
    const free = (bavail * bsize) / 1e9;
    if (free >= gigabytes) return ok(undefined);
    return fail({
      message: `${folder} has ${free.toFixed(1)} GB free; the installation needs ${gigabytes} GB`,
      advice: 'free some space, or set LOWRANK_BACKENDS to another folder',
    });
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    return fail({
      message: `cannot write to ${folder}: ${problem.message}`,
      advice: 'set LOWRANK_BACKENDS to another folder',
    });
  }
}

/** Removes the folders of installations that were killed. Another machine may be installing into the same home. */
export function removeLeftovers(folder: string, name: Installable): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder)) {
    const made = new RegExp(`^${name}\\.(?:making|old)-(.+)$`).exec(entry)?.[1];
    const maker = made === undefined ? undefined : makerOf(made);
    if (maker && hasEnded(maker)) rmSync(join(folder, entry), { recursive: true, force: true });
  }
}

/** Processes that use the old one keep it open. */
export function replace(target: string, made: string): void {
  const old = `${target}.old-${ownName()}`;
  if (existsSync(target)) renameSync(target, old);
  renameSync(made, target);
  rmSync(old, { recursive: true, force: true });
}
