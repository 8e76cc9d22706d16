/** `pipeline run --detach`, with commands of Slurm that only record how they are called. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Terminal } from './terminal.ts';

let terminal: Terminal;
let folder: string;
beforeEach(() => {
  terminal = new Terminal();
  terminal.columns = 300;
  folder = join(terminal.rig.root, 'slurm');
  mkdirSync(folder);
  terminal.rig.environment = {
    PATH: `${folder}:/usr/bin:/bin`,
    SLURM_JOB_ID: '7',
    SLURM_CONF: 'c',
  };
  terminal.text = `
profiles:
  site: { executor: slurm, partition: { gpu: a100, other: cpu }, account: lab, setup: module load x, wrap: in-image, extra: [--qos=low] }
stages:
  a: { uses: make, with: { name: a } }
`;
  command(
    'sbatch',
    `for one; do echo "$one"; done >'${folder}/args'; cat >'${folder}/script'; env >'${folder}/env'; echo 41`,
  );
  command('squeue', `sed -n "s/^--comment=\\(.*\\)/41_0|PENDING|\\1|None|/p" '${folder}/args'`);
});
afterEach(() => terminal.remove());

function command(name: string, body: string): void {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}

const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

describe('pipeline run --detach', () => {
  it('submits the run as a job of one cpu', async () => {
    const { code, out } = await terminal.pipeline(
      'run',
      '--profile',
      'site',
      '--detach',
      '--',
      'a',
    );
    expect(code).toBe(0);
    const run = /^run (\S+) is now job 41 of Slurm$/m.exec(out)?.[1];
    expect(out).toContain('to end it: scancel 41');
    const args = read('args').trimEnd().split('\n');
    expect(args).toEqual(
      expect.arrayContaining([
        ...[`--comment=head:${run}`, '--cpus-per-task=1', '--requeue', '--partition=cpu'],
        ...['--account=lab', '--qos=low', `--chdir=${process.cwd()}`],
        `--output=${terminal.rig.layout.run(run!)}/head.log`,
      ]),
    );
    // The folder of the log has to exist.
    expect(existsSync(terminal.rig.layout.run(run!))).toBe(true);
    expect(read('script')).toBe(`#!/bin/bash -l
set -e
module load x
exec /usr/bin/node /usr/lib/pipeline.js run --as-run ${run} --jobs 1 --profile site -- a
`);
    expect(read('env')).toMatch(/^SLURM_CONF=c$/m);
    expect(read('env')).not.toContain('SLURM_JOB_ID');
  });

  it('asks for as many cpus as stages may run in parallel', async () => {
    await terminal.pipeline('run', '--executor', 'slurm', '--detach', '-j', '3');
    expect(read('args')).toContain('--cpus-per-task=3\n');
    expect(read('args')).not.toContain('--partition');
    expect(read('script')).not.toContain('--jobs');
  });

  it('sends nothing if nothing has to run, or if something is wrong', async () => {
    terminal.text = 'stages: { a: { uses: make, wiht: 1 } }';
    expect((await terminal.pipeline('run', '--executor', 'slurm', '--detach')).code).toBe(2);
    terminal.text = 'stages: { a: { uses: make, with: { name: a } } }';
    await terminal.pipeline('run');
    const { code, out } = await terminal.pipeline('run', '--executor', 'slurm', '--detach');
    expect(code).toBe(0);
    expect(out).toContain('nothing to run, 1 up to date');
    expect(existsSync(join(folder, 'args'))).toBe(false);
  });

  it('says why Slurm refused it', async () => {
    command('sbatch', 'echo "sbatch: error: invalid partition specified: cpu" >&2; exit 1');
    const { code, err } = await terminal.pipeline('run', '--profile', 'site', '--detach');
    expect(code).toBe(2);
    expect(err).toContain('Slurm refused the job: invalid partition specified: cpu');
  });

  it('says so if there is no Slurm', async () => {
    terminal.rig.environment = { PATH: '/nowhere' };
    const { code, err } = await terminal.pipeline('run', '--profile', 'site', '--detach');
    expect(code).toBe(2);
    expect(err).toContain('there is no command "sbatch" on the PATH');
    expect(err).toContain('help: run this on a machine from which jobs can be submitted');
    expect(existsSync(terminal.rig.layout.runs)).toBe(false);
  });

  it('needs a cluster, and does not fit other options', async () => {
    const alone = await terminal.pipeline('run', '--detach');
    expect(alone.code).toBe(2);
    expect(alone.err).toContain('--detach needs a cluster: name one with --profile or --executor');
    for (const other of ['--watch', '--dry-run', '--json']) {
      const both = await terminal.pipeline('run', '--executor', 'slurm', '--detach', other);
      expect(both.code).toBe(2);
    }
  });

  it('starts the run with its id, and with a new id if that was used', async () => {
    const layout = terminal.rig.layout;
    await terminal.pipeline('run', '--as-run', '20300101-000000-abcd');
    expect(existsSync(join(layout.run('20300101-000000-abcd'), 'journal.jsonl'))).toBe(true);
    const before = journalIn(layout.run('20300101-000000-abcd'));
    await terminal.pipeline('run', '--as-run', '20300101-000000-abcd');
    expect(journalIn(layout.run('20300101-000000-abcd'))).toBe(before);
    // A folder without a journal is no run yet.
    mkdirSync(layout.run('20300101-000000-ffff'));
    const runs = await terminal.pipeline('runs', '--json');
    expect(runs.code).toBe(0);
    expect(runs.out).not.toContain('ffff');
  });
});

function journalIn(run: string): string {
  return readFileSync(join(run, 'journal.jsonl'), 'utf8');
}
