/** A report on a disk that is full, that went away, or that loses bytes: each line is read once, and whole. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const disk = vi.hoisted(() => ({
  /** How many bytes it still stores. */
  room: Number.POSITIVE_INFINITY,
  refusal: undefined as { readonly call: string; readonly code: string } | undefined,
}));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const refused = (code: string, syscall: string): Error =>
    Object.assign(new Error(`${code}: refused, ${syscall}`), { code, syscall });
  return {
    ...real,
    openSync: (...given: Parameters<typeof real.openSync>): number => {
      if (disk.refusal?.call === 'open') throw refused(disk.refusal.code, 'open');
      return real.openSync(...given);
    },
    writeSync: (file: number, bytes: Buffer, at: number): number => {
      if (disk.room === 0) throw refused('ENOSPC', 'write');
      const written = real.writeSync(file, bytes, at, Math.min(disk.room, bytes.length - at));
      disk.room -= written;
      return written;
    },
    closeSync: (file: number): void => {
      real.closeSync(file);
      if (disk.refusal?.call === 'close') throw refused(disk.refusal.code, 'close');
    },
  };
});

const { TaskLogReader, TaskLogWriter } = await import(
  '../../../../src/runner/execution/slurm/task-log.ts'
);

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'task-log-'));
  path = join(folder, '0.jsonl');
  writeFileSync(path, '');
});
afterEach(() => {
  heal();
  rmSync(folder, { recursive: true, force: true });
});

function heal(): void {
  disk.room = Number.POSITIVE_INFINITY;
  disk.refusal = undefined;
}

const refusedLine = (message: string) => ({ kind: 'refused', message, advice: 'ö' }) as const;
const lines = ['first', 'second', 'third'].map(refusedLine);

/** The first line is in the file, and the others wait. */
function writing(): InstanceType<typeof TaskLogWriter> {
  const writer = new TaskLogWriter(path);
  for (const line of lines) writer.add(line);
  return writer;
}

describe('the lines of a report', () => {
  const size = lines.slice(1).map((line) => Buffer.byteLength(JSON.stringify(line)) + 1);
  const total = size.reduce((sum, one) => sum + one, 0);

  it.each(Array.from({ length: total }, (_, bytes) => bytes))(
    'are read once if the disk is full after %i bytes',
    async (bytes) => {
      const reader = new TaskLogReader(path);
      const writer = writing();
      disk.room = bytes;
      expect(await writer.close(0)).toMatchObject({ code: 'ENOSPC' });
      const before = reader.read();
      heal();
      expect(await writer.close(0)).toBeUndefined();
      expect([...before, ...reader.read()]).toEqual(lines);
      expect(new TaskLogReader(path).read()).toEqual(lines);
    },
  );

  it('are read once if the disk is full several times in the same line', async () => {
    const writer = writing();
    for (const room of [3, 0, 5, 9, 0, 1]) {
      disk.room = room;
      expect(await writer.close(0)).toMatchObject({ code: 'ENOSPC' });
    }
    heal();
    expect(await writer.close(0)).toBeUndefined();
    expect(new TaskLogReader(path).read()).toEqual(lines);
  });

  it('are kept while the folder is stale, and more lines are added', async () => {
    const writer = writing();
    disk.refusal = { call: 'open', code: 'ESTALE' };
    expect(await writer.close(0)).toMatchObject({ code: 'ESTALE' });
    const more = refusedLine('fourth');
    writer.add(more);
    heal();
    expect(await writer.close(0)).toBeUndefined();
    expect(new TaskLogReader(path).read()).toEqual([...lines, more]);
  });

  it('are written again if the disk lost them when the file was closed', async () => {
    const writer = writing();
    disk.refusal = { call: 'close', code: 'EDQUOT' };
    expect(await writer.close(0)).toMatchObject({ code: 'EDQUOT' });
    // All bytes that the disk had taken are lost.
    writeFileSync(path, '');
    heal();
    expect(await writer.close(0)).toBeUndefined();
    expect(new TaskLogReader(path).read()).toEqual(lines.slice(1));
  });

  it('follow the incomplete line of a job that was killed', async () => {
    writeFileSync(path, '{"kind":"end","at":0,"resu');
    expect(await writing().close(0)).toBeUndefined();
    expect(new TaskLogReader(path).read()).toEqual(lines);
  });

  it('are given up at once if their folder was removed', async () => {
    const writer = writing();
    rmSync(folder, { recursive: true });
    expect(await writer.close(Number.POSITIVE_INFINITY)).toMatchObject({ code: 'ENOENT' });
  });
});
