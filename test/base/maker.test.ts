/** Names of files identify the process that made them, but only within one place. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  hasEnded,
  isKnowable,
  isThisProcess,
  makerOf,
  ownName,
  thisProcess,
} from '../../src/base/maker.ts';
import { until } from '../until.ts';

const me = thisProcess();
const { pid: deadPid } = spawnSync(process.execPath, ['-e', '0']);

describe('a process', () => {
  it('is read from the names that it makes, which are all distinct', () => {
    const names = Array.from({ length: 100 }, ownName);
    expect(new Set(names).size).toBe(100);
    for (const name of names) expect(makerOf(name)).toEqual(me);
    expect([isThisProcess(me), isKnowable(me), hasEnded(me)]).toEqual([true, true, false]);
  });

  it.each(['', 'note.txt', '12@abc-1', '.clock-1', `${deadPid}@01234567-mf3k2p-0`])(
    'is not read from the name "%s"',
    (name) => expect(makerOf(name)).toBeUndefined(),
  );

  it('has ended if its pid is free, or belongs to a process with another start time', () => {
    expect(hasEnded({ ...me, pid: deadPid })).toBe(true);
    if (me.started) expect(hasEnded({ ...me, started: '1' })).toBe(true);
  });

  it.runIf(process.platform === 'linux')(
    'has ended if it was killed and its parent never waits for it',
    async () => {
      // `exec` replaces the shell by a program that does not wait for its child.
      const script = 'sleep 600 & echo $!; exec sleep 600';
      const parent = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
      try {
        const [text] = (await once(parent.stdout, 'data')) as [Buffer];
        const pid = Number(text);
        const stat = (of: number): string[] =>
          readFileSync(`/proc/${of}/stat`, 'utf8')
            .replace(/^.*\) /, '')
            .split(' ');
        const maker = { ...me, pid, started: stat(pid)[19]! };
        expect(hasEnded(maker)).toBe(false);
        await until(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n');
        process.kill(pid, 'SIGKILL');
        await until(() => stat(pid)[0] === 'Z');
        expect(hasEnded(maker)).toBe(true);
      } finally {
        parent.kill('SIGKILL');
      }
    },
  );

  it.each([me.pid, deadPid])('with the pid %d is unknown in another place', (pid) => {
    const other = { ...me, pid, place: '0123456789ab' };
    expect([isThisProcess(other), isKnowable(other), hasEnded(other)]).toEqual([
      false,
      false,
      false,
    ]);
  });
});
