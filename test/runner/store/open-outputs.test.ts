/** An output that a process of its stage still has open. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/runner/key/digest.ts';
import { CaptureRig, large } from './capture-rig.ts';

let rig: CaptureRig;
beforeEach(() => {
  rig = new CaptureRig();
});
afterEach(() => rig.remove());

describe.skipIf(platform() !== 'linux')('a process that the stage left running', () => {
  /** A process that has `x` open until its input ends, and then writes to it. */
  async function survivor(how: '>>' | '<'): Promise<{ pid: number; end: () => Promise<void> }> {
    const script = `exec 3${how}x; echo ready; read -r line; echo more >&3`;
    const child = spawn('sh', ['-c', script], {
      cwd: rig.folder,
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    const end = async (): Promise<void> => {
      const ended = once(child, 'exit');
      child.stdin.end('go\n');
      await ended;
    };
    return { pid: child.pid!, end };
  }

  it("can't write to the object of a small file, which is a copy", async () => {
    rig.write('x', 'whole');
    const { end } = await survivor('>>');
    expect(rig.kept(true)).toEqual({ x: 'whole' });
    await end();
    expect(readFileSync(rig.store.path(digestOf('whole')), 'utf8')).toBe('whole');
  });

  it('prevents storing a large file that it may write to', async () => {
    rig.write('x', large);
    const { pid, end } = await survivor('>>');
    const captured = rig.capture(true);
    await end();
    expect(captured).toEqual({
      ok: false,
      error: {
        port: 'out',
        message: `is still open for writing: "x" is open in a process that the stage left running (sh, pid ${pid})`,
        advice: 'wait for that process, or stop it, before the stage ends',
      },
    });
    expect(rig.store.has(digestOf(large))).toBe(false);
  });

  it('is found among many small files too', async () => {
    for (let i = 0; i < 200; i++) rig.write(`${i}`, `${i}`);
    rig.write('x', 'x');
    const { end } = await survivor('>>');
    const captured = rig.capture(true);
    await end();
    expect(captured.ok).toBe(false);
  });

  it('is waited for if it was killed', async () => {
    rig.write('x', large);
    const { pid } = await survivor('>>');
    process.kill(pid, 'SIGKILL');
    expect(rig.kept(true)).toEqual({ x: large });
  });

  it('may continue to read', async () => {
    rig.write('x', large);
    const { end } = await survivor('<');
    expect(rig.kept(true)).toEqual({ x: large });
    await end();
    expect(digestOf(readFileSync(rig.store.path(digestOf(large))))).toBe(digestOf(large));
  });
});
