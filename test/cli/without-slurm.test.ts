/** A machine without the commands of Slurm. */
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProfileTerminal, STAGES } from './profile-rig.ts';

let terminal: ProfileTerminal;
beforeEach(() => {
  terminal = new ProfileTerminal();
});
afterEach(() => terminal.remove());

describe('without the commands of Slurm', () => {
  const absent = 'there is no command "sbatch" on the PATH';

  it('a run does not begin, and says what to do', async () => {
    writeFileSync(join(terminal.rig.root, 'sbatch'), 'not executable');
    chmodSync(join(terminal.rig.root, 'sbatch'), 0o644);
    const file = join(terminal.rig.root, 'sbatch');
    for (const PATH of ['', '/nowhere', `${file}:/nowhere`, terminal.rig.root]) {
      terminal.rig.environment = { PATH };
      const { code, err } = await terminal.pipeline('run', '--executor', 'slurm');
      expect(code).toBe(2);
      expect(err).toContain(absent);
      expect(err).toContain('help: run this on a machine from which jobs can be submitted');
      expect(existsSync(terminal.rig.layout.runs)).toBe(false);
    }
  });

  it.each(['squeue', 'scancel', 'scontrol'])(
    'such as %s, a run does not begin',
    async (missing) => {
      for (const name of ['sbatch', 'squeue', 'scancel', 'scontrol']) {
        if (name !== missing) writeFileSync(join(terminal.rig.root, name), '', { mode: 0o755 });
      }
      terminal.rig.environment = { PATH: terminal.rig.root };
      const { code, err } = await terminal.pipeline('run', '--executor', 'slurm');
      expect(code).toBe(2);
      expect(err).toContain(`there is no command "${missing}" on the PATH`);
    },
  );

  it('a run on this machine leaves the orders of earlier runs, and says so once', async () => {
    const { layout } = terminal.rig;
    const folders = ['0', '1'].map((number) => join(layout.orders, 'run-0', number));
    for (const folder of folders) mkdirSync(folder, { recursive: true });
    terminal.rig.environment = { PATH: '/nowhere' };
    const first = await terminal.pipeline('run');
    expect(first.code).toBe(0);
    const note = `${layout.orders} has orders that 1 earlier run sent to Slurm, which is not on this machine; they are left there, and their stages are built here`;
    expect(`${first.out}${first.err}`.split(note)).toHaveLength(2);
    expect(folders.every((folder) => existsSync(folder))).toBe(true);
    const again = await terminal.pipeline('run');
    expect(`${again.out}${again.err}`).not.toContain('Slurm');
  });

  it('a run on this machine does not need to read the orders', async () => {
    const { layout } = terminal.rig;
    mkdirSync(dirname(layout.orders), { recursive: true });
    symlinkSync('orders', layout.orders);
    expect((await terminal.pipeline('run')).code).toBe(0);
  });

  it('a dry run and stages that stay here need none', async () => {
    terminal.rig.environment = { PATH: '/nowhere' };
    terminal.text = `${STAGES}profiles: { some: { executor: slurm, local: [a] } }\n`;
    const run = (...words: string[]) => terminal.pipeline('run', '--profile', 'some', ...words);
    expect((await run('--dry-run')).code).toBe(0);
    expect((await run()).err).toContain(absent);
    // It gets further. Only the built program can start jobs.
    await expect(run('a')).rejects.toThrow("can't be started on a cluster");
    expect((await terminal.pipeline('run')).code).toBe(0);
    await expect(run()).rejects.toThrow("can't be started on a cluster");
  });
});
