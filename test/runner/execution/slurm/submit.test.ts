import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../../src/runner/execution/profile.ts';
import {
  argumentsOf,
  type Submission,
  scriptOf,
} from '../../../../src/runner/execution/slurm/submit.ts';

const profile: Profile = {
  executor: 'slurm',
  partition: { gpu: 'a100', other: 'cpu' },
  jobs: 200,
  bundleSeconds: 600,
  extra: [],
  local: [],
};

const submission: Submission = {
  token: 'run-1:0',
  tasks: 3,
  wants: { cpus: 2, gpus: 0 },
  orders: "/data/it's here/orders.jsonl",
  logs: '/data/100%a/slurm',
  root: '/data',
  program: { node: '/usr/bin/node', entry: '/opt/pipeline/dist/node-A.js', worker: 'worker-A.js' },
};

describe('a submission', () => {
  it('is one array whose comment is the token', () => {
    const args = argumentsOf(submission, profile);
    expect(args).toContain('--array=0-2');
    expect(args).toContain('--comment=run-1:0');
    expect(args).toContain('--requeue');
    expect(args).toContain('--signal=B:USR2@90');
    expect(args).toContain('--cpus-per-task=2');
    expect(args).toContain('--partition=cpu');
    expect(args.filter((one) => /mem|time|gres|account/.test(one))).toEqual([]);
  });

  it('asks for memory, time, GPUs and their partition', () => {
    const wants = { cpus: 1, gpus: 2, memory: 1_000_000_000 };
    const args = argumentsOf({ ...submission, wants, seconds: 7201 }, { ...profile, account: 'x' });
    expect(args).toContain('--mem=976563K');
    expect(args).toContain('--time=121');
    expect(args).toContain('--gres=gpu:2');
    expect(args).toContain('--partition=a100');
    expect(args).toContain('--account=x');
  });

  it('leaves the partition to the site', () => {
    const args = argumentsOf(submission, { ...profile, partition: {} });
    expect(args.join(' ')).not.toContain('partition');
  });

  it('asks for no early signal if the job is short, because it may come a minute early', () => {
    const args = argumentsOf({ ...submission, seconds: 60 }, profile);
    expect(args.join(' ')).not.toContain('--signal');
  });

  it('has the options of the profile last', () => {
    const args = argumentsOf(submission, { ...profile, extra: ['--qos=low', '--nodes=2'] });
    expect(args.slice(-2)).toEqual(['--qos=low', '--nodes=2']);
  });

  it('has a log path in which Slurm replaces only its own names', () => {
    expect(argumentsOf(submission, profile)).toContain('--output=/data/100%%a/slurm/%A_%a.log');
  });

  it('has a script that a shell reads as it is meant', () => {
    const script = scriptOf(
      { ...submission, program: { node: 'printf', entry: '%s|', worker: '' } },
      profile,
    );
    const { stdout } = spawnSync('bash', {
      input: script,
      env: { SLURM_ARRAY_TASK_ID: '7', PATH: process.env.PATH },
    });
    expect(String(stdout)).toBe("/data/it's here/orders.jsonl|7|");
  });

  it('stops when the setup fails', () => {
    const script = scriptOf(submission, { ...profile, setup: 'false' });
    const { status } = spawnSync('bash', { input: script, env: { PATH: process.env.PATH } });
    expect(status).toBe(1);
  });

  it('is started by the wrapper of the profile, with the Node.js that this brings', () => {
    const script = scriptOf(submission, { ...profile, wrap: 'apptainer exec image.sif' });
    expect(script).toContain('exec apptainer exec image.sif node /opt/pipeline/dist/node-A.js');
  });
});
