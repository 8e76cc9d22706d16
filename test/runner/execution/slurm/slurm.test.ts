/** The commands of Slurm are scripts here, which say what the test wants. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobEnvironment } from '../../../../src/runner/execution/slurm/environment.ts';
import { SlurmCommands, type Submitted } from '../../../../src/runner/execution/slurm/slurm.ts';

let folder: string;
let warnings: string[];
const never = new AbortController().signal;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slurm-'));
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function command(name: string, text: string): void {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\ncd ${folder}\necho "${name} $*" >> calls\n${text}\n`);
  chmodSync(path, 0o755);
}

const calls = (): string[] => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

function slurm(): SlurmCommands {
  const environment = { PATH: `${folder}:/usr/bin:/bin` };
  return new SlurmCommands({
    environment,
    warn: (message) => warnings.push(message),
    firstWaitMs: 1,
  });
}

function array(): Submitted {
  const environment = { PATH: `${folder}:/usr/bin:/bin`, MINE: 'yes' };
  return { token: 'run-1:0', args: ['--array=0-1'], script: '#!/bin/sh\n', environment };
}

describe('sbatch', () => {
  it('gets the script and the environment of the job', async () => {
    command('sbatch', 'cat > script; echo "$MINE" > mine; echo 12');
    expect(await slurm().submit(array(), never)).toEqual({ ok: true, value: undefined });
    expect(readFileSync(join(folder, 'script'), 'utf8')).toBe('#!/bin/sh\n');
    expect(readFileSync(join(folder, 'mine'), 'utf8')).toBe('yes\n');
  });

  it('that refuses is reported in its own words', async () => {
    command('sbatch', 'echo "sbatch: error: invalid partition specified: no" >&2; exit 1');
    const message = 'invalid partition specified: no';
    expect(await slurm().submit(array(), never)).toEqual({
      ok: false,
      error: { kind: 'refused', message },
    });
  });

  it('that does not exist is reported', async () => {
    const result = await new SlurmCommands({
      environment: { PATH: folder },
      warn: () => undefined,
    }).submit({ ...array(), environment: { PATH: folder } }, never);
    expect(result).toMatchObject({ ok: false, error: { kind: 'absent' } });
  });

  it('whose failure is ambiguous is not called again if the jobs are in the queue', async () => {
    command('sbatch', 'echo "sbatch: error: Socket timed out on send/recv operation" >&2; exit 1');
    command('squeue', 'echo "7_0|PENDING|run-1:0|None|"');
    expect((await slurm().submit(array(), never)).ok).toBe(true);
    expect(calls().filter((one) => one.startsWith('sbatch'))).toHaveLength(1);
    expect(warnings).toHaveLength(1);
  });

  it('is called again after an ambiguous failure if the queue has no job, and warns once', async () => {
    command(
      'sbatch',
      '[ -e twice ] && exit 0; [ -e once ] && touch twice; touch once; echo "Unable to contact slurm controller" >&2; exit 1',
    );
    command('squeue', '[ -e asked ] || { touch asked; echo "Unable to contact" >&2; exit 1; }');
    expect((await slurm().submit(array(), never)).ok).toBe(true);
    const names = calls().map((one) => one.split(' ')[0]);
    expect(names).toEqual(['sbatch', 'squeue', 'squeue', 'sbatch', 'squeue', 'sbatch']);
    expect(warnings.length).toBeLessThanOrEqual(2);
  });

  it('waits if the user has too many jobs, and warns once', async () => {
    command(
      'sbatch',
      '[ -e twice ] && exit 0; [ -e once ] && touch twice; touch once; echo "sbatch: error: AssocMaxSubmitJobLimit" >&2; exit 1',
    );
    command('squeue', '');
    expect((await slurm().submit(array(), never)).ok).toBe(true);
    expect(warnings).toEqual(['Slurm accepts no more jobs now: AssocMaxSubmitJobLimit']);
  });

  it('is not called again after the run was stopped', async () => {
    const stop = new AbortController();
    command('sbatch', 'echo "Unable to contact slurm controller" >&2; exit 1');
    command('squeue', 'exit 1');
    stop.abort();
    expect(await slurm().submit(array(), stop.signal)).toEqual({
      ok: false,
      error: { kind: 'stopped' },
    });
  });
});

describe('squeue', () => {
  it('that fails is no empty queue', async () => {
    command('squeue', 'echo "slurm_load_jobs error: Unable to contact" >&2; exit 1');
    expect(await slurm().queue()).toEqual({ ok: false, error: 'unreachable' });
  });

  it('that does not exist is no empty queue', async () => {
    const environment = { PATH: folder };
    const none = new SlurmCommands({ environment, warn: (message) => warnings.push(message) });
    expect(await none.queue()).toEqual({ ok: false, error: 'absent' });
    expect(warnings).toEqual([
      'there is no command "squeue" on the PATH: results are taken as before, but a job that fails without a report is not noticed',
    ]);
  });

  it.each([
    ['of too many bytes', { X: 'x'.repeat(200_000) }, 'squeue failed: spawn E2BIG'],
    ['in a loop of links', {}, 'squeue failed: spawn ELOOP'],
  ])('that cannot be started (%s) is no bug', async (_, more, warning) => {
    if (warning.includes('ELOOP')) symlinkSync('squeue', join(folder, 'squeue'));
    else command('squeue', '');
    const environment = { PATH: folder, ...more };
    const broken = new SlurmCommands({ environment, warn: (message) => warnings.push(message) });
    expect(await broken.queue()).toEqual({ ok: false, error: 'unreachable' });
    expect(warnings).toEqual([warning]);
  });

  it('is asked for all jobs at once, ended ones too', async () => {
    command('squeue', 'echo "7_0|COMPLETED|run-1:0|None|n1"');
    const queue = await slurm().queue();
    expect(queue.ok && queue.value.has('run-1:0_0')).toBe(true);
    expect(calls()).toEqual(['squeue --me -h -r -t all -o %i|%T|%k|%r|%N']);
  });
});

describe('scancel, before the program ends', () => {
  const cancelled = () => slurm().cancelNow((name) => name.startsWith('run-1:'));

  it('gets the jobs that wait or run, in however long a queue', () => {
    command(
      'squeue',
      `seq 30000 | sed 's/.*/&|PENDING|other:&|None|nodes of a long name/'
echo '7_0|RUNNING|run-1:0|None|n1'; echo '7_1|COMPLETED|run-1:0|None|n1'`,
    );
    command('scancel', '');
    expect(cancelled()).toEqual({ ok: true, value: 1 });
    expect(calls().at(-1)).toBe('scancel 7_0');
  });

  it('is not called if there are none', () => {
    command('squeue', '');
    expect(cancelled()).toEqual({ ok: true, value: 0 });
  });

  it.each([
    ['squeue', ''],
    ['scancel', 'echo "7_0|RUNNING|run-1:0|None|n1"'],
  ])('%s fails', (name, queue) => {
    command('squeue', queue);
    command(name, 'echo "slurm_load_jobs error: Unable to contact controller" >&2; exit 1');
    const error = 'slurm_load_jobs error: Unable to contact controller';
    expect(cancelled()).toEqual({ ok: false, error });
  });

  it('does not exist', () => {
    const none = new SlurmCommands({ environment: { PATH: folder }, warn: () => undefined });
    const error = expect.stringContaining('ENOENT');
    expect(none.cancelNow(() => true)).toMatchObject({ ok: false, error });
  });
});

describe('sinfo', () => {
  it('names the nodes of the partition that get no jobs', async () => {
    command('squeue', 'echo cpu,gpu');
    command('sinfo', 'echo "n[1-3]|Duplicate jobid"; echo "n7|no | answer "');
    expect(await slurm().nodesOut('7_0')).toEqual([
      { nodes: 'n[1-3]', reason: 'Duplicate jobid' },
      { nodes: 'n7', reason: 'no | answer' },
    ]);
    expect(calls()).toEqual(['squeue -h -j 7_0 -o %P', 'sinfo -R -h -p cpu,gpu -o %N|%E']);
  });

  it('that fails or does not exist names none', async () => {
    expect(await slurm().nodesOut('7_0')).toEqual([]);
    command('squeue', 'echo cpu');
    expect(await slurm().nodesOut('7_0')).toEqual([]);
    command('sinfo', 'echo "Unable to contact slurm controller" >&2; exit 1');
    expect(await slurm().nodesOut('7_0')).toEqual([]);
    expect(warnings).toEqual([]);
  });
});

describe('the environment of a job', () => {
  it('has nothing of the job that this process is in', () => {
    const environment = {
      PATH: '/bin',
      SLURM_JOB_ID: '1',
      SBATCH_PARTITION: 'x',
      SLURM_CONF: '/etc/slurm.conf',
      LC_ALL: 'C',
      SECRET: 's',
      WANDB_MODE: 'offline',
      NONE: undefined,
    };
    expect(jobEnvironment(environment, ['WANDB_MODE', 'NONE'])).toEqual({
      PATH: '/bin',
      SLURM_CONF: '/etc/slurm.conf',
      LC_ALL: 'C',
      WANDB_MODE: 'offline',
    });
  });
});
