/**
 * Simulates power cuts. It tracks which bytes and names of a run were flushed, and can then lose
 * any of those that were not, each independently.
 *
 * While it is on, it intercepts the functions of `node:fs` that change anything. After a chosen
 * number of calls, every further call fails, as if the power were gone.
 */
import childProcess, { type SpawnSyncReturns } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { Random } from './random.ts';

const real = { ...fs };
const realSpawn = childProcess.spawnSync;

type Call = (...args: never[]) => unknown;

export class LossyDisk {
  calls = 0;
  /** The number of the call from which on the power is gone. */
  cutAt = Number.POSITIVE_INFINITY;
  private readonly backups: string;
  /** Inode -> how many of its bytes were flushed. */
  private readonly unflushed = new Map<number, number>();
  /**
   * Path -> a link to the file that had this name when its folder was last flushed. Undefined if
   * there was none.
   */
  private readonly names = new Map<string, string | undefined>();
  private readonly opened = new Map<number, string>();

  /** `backups` is an empty folder on the same disk. */
  constructor(backups: string) {
    this.backups = backups;
  }

  async during<T>(act: () => Promise<T>): Promise<T> {
    const changed = fs as unknown as Record<string, Call>;
    for (const [name, call] of Object.entries(this.wrapped())) changed[name] = call as Call;
    childProcess.spawnSync = ((command: string, ...rest: never[]) => {
      if (command !== 'sync') return (realSpawn as Call)(...([command, ...rest] as never[]));
      this.count();
      this.unflushed.clear();
      this.names.clear();
      return { status: 0 } as SpawnSyncReturns<string>;
    }) as typeof realSpawn;
    syncBuiltinESMExports();
    try {
      return await act();
    } finally {
      for (const name of Object.keys(this.wrapped())) {
        changed[name] = (real as unknown as Record<string, Call>)[name]!;
      }
      childProcess.spawnSync = realSpawn;
      syncBuiltinESMExports();
    }
  }

  /**
   * Loses a random part of what was not flushed in `root`. Returns the number of lost files and
   * names.
   */
  lose(root: string, random: Random): number {
    let lost = 0;
    for (const path of filesIn(root)) {
      const flushed = this.unflushed.get(real.lstatSync(path).ino);
      if (flushed !== undefined && this.loseBytes(path, flushed, random)) lost++;
    }
    for (const [path, before] of this.names) {
      if (random.below(3) > 0) continue;
      lost++;
      real.rmSync(path, { recursive: true, force: true });
      if (before !== undefined && real.existsSync(dirname(path))) real.linkSync(before, path);
    }
    return lost;
  }

  private loseBytes(path: string, flushed: number, random: Random): boolean {
    const { size } = real.lstatSync(path);
    const kept = flushed + random.below(Math.max(1, size - flushed));
    const copy = join(this.backups, 'times');
    switch (random.below(4)) {
      case 0:
        return false;
      case 1:
        real.chmodSync(path, 0o644);
        real.truncateSync(path, Math.min(size, flushed));
        return true;
      case 2:
        real.chmodSync(path, 0o644);
        real.truncateSync(path, Math.min(size, kept));
        return true;
      default: {
        // The size and the times are on the disk, but not the bytes.
        real.copyFileSync(path, copy);
        realSpawn('touch', ['-r', path, copy]);
        real.chmodSync(path, 0o644);
        real.truncateSync(path, Math.min(size, flushed));
        real.truncateSync(path, size);
        // A copy in `latest/` is never flushed, so only `verify` can detect the damage.
        if (!path.includes('/latest/')) realSpawn('touch', ['-r', copy, path]);
        return true;
      }
    }
  }

  private count(): void {
    if (++this.calls < this.cutAt) return;
    throw Object.assign(new Error('EROFS: the power is gone'), {
      code: 'EROFS',
      syscall: 'write',
      errno: -30,
    });
  }

  private wrapped(): Partial<Record<keyof typeof fs, unknown>> {
    const plain = <Name extends keyof typeof fs>(name: Name) => [
      name,
      (...args: never[]) => {
        this.count();
        return (real[name] as unknown as Call)(...args);
      },
    ];
    return {
      ...Object.fromEntries(
        (['chmodSync', 'utimesSync', 'lutimesSync', 'mkdirSync'] as const).map(plain),
      ),
      writeFileSync: (to: string | number, ...rest: never[]) => {
        this.count();
        const path = typeof to === 'number' ? this.opened.get(to)! : to;
        if (typeof to !== 'number') this.noteName(to, 'new');
        (real.writeFileSync as Call)(...([to, ...rest] as never[]));
        this.unflushed.set(real.lstatSync(path).ino, 0);
      },
      appendFileSync: (path: string, ...rest: never[]) => {
        this.count();
        this.noteName(path, 'new');
        const before = real.statSync(path, { throwIfNoEntry: false })?.size ?? 0;
        (real.appendFileSync as Call)(...([path, ...rest] as never[]));
        const { ino } = real.statSync(path);
        this.unflushed.set(ino, Math.min(before, this.unflushed.get(ino) ?? before));
      },
      copyFileSync: (from: string, to: string, ...rest: never[]) => {
        this.count();
        this.noteName(to, 'new');
        (real.copyFileSync as Call)(...([from, to, ...rest] as never[]));
        this.unflushed.set(real.lstatSync(to).ino, 0);
      },
      openSync: (path: string, flags = 'r', ...rest: never[]) => {
        const reads = flags === 'r';
        if (!reads) {
          this.count();
          this.noteName(path, 'new');
        }
        const file = (real.openSync as Call)(...([path, flags, ...rest] as never[])) as number;
        this.opened.set(file, path);
        if (!reads) this.unflushed.set(real.fstatSync(file).ino, 0);
        return file;
      },
      writeSync: (file: number, ...rest: never[]) => {
        this.count();
        return (real.writeSync as Call)(...([file, ...rest] as never[]));
      },
      fsyncSync: (file: number) => {
        this.count();
        this.unflushed.delete(real.fstatSync(file).ino);
        const folder = this.opened.get(file)!;
        for (const path of this.names.keys()) if (dirname(path) === folder) this.names.delete(path);
      },
      renameSync: (from: string, to: string) => {
        this.count();
        this.noteName(to, 'other');
        real.renameSync(from, to);
        this.names.delete(from);
      },
      linkSync: (from: string, to: string) => {
        this.count();
        this.noteName(to, 'new');
        real.linkSync(from, to);
      },
      rmSync: (path: string, ...rest: never[]) => {
        this.count();
        if (real.lstatSync(path, { throwIfNoEntry: false })?.isFile()) this.noteName(path, 'other');
        (real.rmSync as Call)(...([path, ...rest] as never[]));
      },
    };
  }

  /** The file that had the name at the last flush of its folder may come back. */
  private noteName(path: string, what: 'new' | 'other'): void {
    if (this.names.has(path)) return;
    const there = real.lstatSync(path, { throwIfNoEntry: false });
    if (there && what === 'new') return;
    let backup: string | undefined;
    if (there?.isFile()) {
      backup = join(this.backups, `${this.calls}-${basename(path).slice(0, 100)}`);
      real.linkSync(path, backup);
    }
    this.names.set(path, backup);
  }
}

function filesIn(root: string): string[] {
  return real
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
