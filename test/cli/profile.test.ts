/** Profiles: where they are found, what is wrong with them, and that they change no decision. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProfile } from '../../src/runner/index.ts';
import { ProfileTerminal, STAGES } from './profile-rig.ts';
import { jsonLines } from './terminal.ts';

let terminal: ProfileTerminal;
beforeEach(() => {
  terminal = new ProfileTerminal();
});
afterEach(() => terminal.remove());

const found = (name: string, ...configs: string[]) =>
  findProfile(terminal.rig.project(terminal.text), { configs }, name);

/** What `pipeline plan` prints for a profile of the pipeline. */
async function planWith(profile: string, ...words: string[]) {
  terminal.text = `${STAGES}profiles:\n  site: ${profile}\n`;
  return terminal.pipeline('plan', ...words);
}

describe('a profile', () => {
  it('has defaults, and units of time', () => {
    terminal.text = `${STAGES}
profiles:
  small: { executor: slurm }
  site:
    executor: slurm
    partition: { gpu: a100, other: cpu }
    account: lab
    jobs: 50
    bundle: 30m
    setup: [module load nodejs/20, "export CUDA=\${CUDA_HOME}"]
    wrap: apptainer exec --nv image.sif
    extra: [--qos=normal, -x, n1]
    local: [b, "a[rate=2]"]
`.replace('-x, n1', '-xn1');
    expect(found('small')).toMatchObject({
      value: {
        profile: {
          ...{ executor: 'slurm', partition: {}, jobs: 200, bundleSeconds: 600 },
          ...{ extra: [], local: [] },
        },
      },
    });
    expect(found('site')).toMatchObject({
      value: {
        profile: {
          executor: 'slurm',
          partition: { gpu: 'a100', other: 'cpu' },
          account: 'lab',
          jobs: 50,
          bundleSeconds: 1800,
          setup: `module load nodejs/20\nexport CUDA=\${CUDA_HOME}`,
          wrap: 'apptainer exec --nv image.sif',
          extra: ['--qos=normal', '-xn1'],
          local: ['b', 'a[rate=2]'],
        },
      },
    });
  });

  it('is that of the last configuration, else that of the pipeline, else that of a file', () => {
    terminal.text = `${STAGES}profiles: { site: { executor: slurm, jobs: 1 } }\n`;
    terminal.rig.configs = {
      'plain.yaml': '',
      'one.yaml': 'profiles: { site: { executor: slurm, jobs: 2 } }',
      'two.yaml': 'profiles: { site: { executor: slurm, jobs: 3 } }',
      'profiles/site.yaml': '{ executor: slurm, jobs: 4 }',
      'profiles/mine.yaml': '{ executor: slurm, partition: gpu, jobs: 5 }',
    };
    const jobs = (...given: Parameters<typeof found>) => {
      const profile = found(...given);
      return profile.ok ? profile.value.profile.jobs : profile.error;
    };
    expect(jobs('site', 'one.yaml', 'two.yaml', 'plain.yaml')).toBe(3);
    expect(jobs('site', 'two.yaml', 'one.yaml')).toBe(2);
    expect(jobs('site', 'plain.yaml')).toBe(1);
    expect(jobs('mine')).toBe(5);
    terminal.text = `config: one.yaml\n${terminal.text}`;
    expect(jobs('site')).toBe(2);
  });

  it('of an unknown name is an error with the known names', async () => {
    terminal.text = `${STAGES}profiles: { cluster: { executor: slurm } }\n`;
    for (const command of ['plan', 'run']) {
      const { code, err } = await terminal.pipeline(command, '--profile', 'clutser');
      expect(code).toBe(2);
      expect(err).toContain(
        'no profile is named "clutser" (did you mean "cluster"?); known: cluster',
      );
      expect(err.replace(/\s+/g, ' ')).toContain(
        'help: declare it under "profiles" in the pipeline, or write profiles/clutser.yaml',
      );
    }
    const outside = await terminal.pipeline('run', '--profile', '../../etc/passwd');
    expect(outside).toMatchObject({ code: 2 });
    expect(outside.err).not.toContain('profiles/..');
  });

  it.each([
    [
      '{ executor: slrum }',
      '6:21: error: "profiles.site.executor": expected "slurm" but found "slrum" (did you mean "slurm"?)',
    ],
    ['{ jobs: 2 }', '6:3: error: "profiles.site.executor" is missing'],
    [
      '{ executor: slurm, partitoin: x }',
      '6:28: error: unknown key "partitoin" (did you mean "partition"?)',
    ],
    [
      '{ executor: slurm, partition: { gqu: x } }',
      '6:41: error: unknown key "gqu" (did you mean "gpu"?)',
    ],
    [
      '{ executor: slurm, jobs: 0 }',
      '6:34: error: "profiles.site.jobs": expected a number of at least 1 but found 0',
    ],
    [
      '{ executor: slurm, bundle: soon }',
      '6:36: error: "profiles.site.bundle": write it like 90, "90s", "30m" or "2h"',
    ],
    [
      '{ executor: slurm, account: "a b" }',
      '6:37: error: "profiles.site.account": write one word, such as lab',
    ],
    [
      '{ executor: slurm, partition: --uid=0 }',
      '6:39: error: "profiles.site.partition": write one word, such as gpu',
    ],
    [
      '{ executor: slurm, extra: [--array=1] }',
      '6:36: error: "profiles.site.extra[0]": the program sets this option itself',
    ],
    [
      // A job that waits for its time looks like one that was queued again, and those start at once.
      '{ executor: slurm, extra: [--qos=low, --begin=20:00] }',
      '6:47: error: "profiles.site.extra[1]": the program sets this option itself',
    ],
    [
      '{ executor: slurm, extra: [qos] }',
      '6:36: error: "profiles.site.extra[0]": write one option for each item',
    ],
    [
      '{ executor: slurm, wrap: "a\\nb" }',
      '6:34: error: "profiles.site.wrap": write one command on one line',
    ],
    ['[slurm]', '6:3: error: "profiles.site.executor" is missing'],
  ])('%s has an error with its place', async (profile, message) => {
    const { code, err } = await planWith(profile);
    expect(err.replace(/\n(?! {0,8}\d| +\|| {2}help)/g, ' ')).toContain(`pipeline.yaml:${message}`);
    expect(code).toBe(2);
  });

  it('of a configuration or a file has errors with their places as well', async () => {
    terminal.rig.configs = {
      'more.yaml': 'profiles:\n  site: { executor: slurm, jbos: 3 }',
      'profiles/bad.yaml': 'executor: slurm\nlocal: [b.out, "", a]\n',
      'profiles/empty.yaml': '# nothing\n',
      'profiles/torn.yaml': 'executor: [slurm\n',
    };
    // Even if the profile is not used.
    const config = await terminal.pipeline('run', '-c', 'more.yaml');
    expect(config.code).toBe(2);
    expect(config.err).toContain(
      'more.yaml:2:28: error: unknown key "jbos" (did you mean "jobs"?)',
    );
    const errors = async (name: string) => (await terminal.pipeline('run', '--profile', name)).err;
    expect(await errors('bad')).toContain('profiles/bad.yaml:2:16: error: "local[1]"');
    terminal.rig.configs['profiles/bad.yaml'] = 'executor: slurm\nlocal: [b.out, a]\n';
    expect(await errors('bad')).toContain('profiles/bad.yaml:2:9: error: "b.out" is not a stage');
    expect(await errors('empty')).toContain(
      'profiles/empty.yaml:1:1: error: this profile is empty',
    );
    expect(await errors('torn')).toContain('profiles/torn.yaml:');
  });

  it('cannot be in an included file', async () => {
    terminal.text = `include: more.yaml\n${STAGES}`;
    terminal.rig.configs = { 'more.yaml': 'profiles: { site: { executor: slurm } }\n' };
    const { code, err } = await terminal.pipeline('plan');
    expect(code).toBe(2);
    expect(err).toContain('an included file can\'t have "profiles"');
    expect(err).toContain('or in profiles/NAME.yaml');
  });

  it('whose local stages do not exist has a warning', async () => {
    const { code, out } = await planWith(
      '{ executor: slurm, local: [aa, b] }',
      '--profile',
      'site',
    );
    expect(code).toBe(0);
    const text = out.replace(/\s+/g, ' ');
    expect(text).toContain(
      'pipeline.yaml:6:36: warning: "local" of the profile: no stage is named "aa"',
    );
    const targets = await planWith('{ executor: slurm, local: [b] }', '--profile', 'site', 'a');
    expect(targets.out).not.toContain('warning');
  });

  it('changes no key and no decision', async () => {
    const planned = async (...words: string[]) =>
      jsonLines((await terminal.pipeline('plan', '--json', ...words)).out);
    const before = await planned();
    terminal.text = `${STAGES}profiles: { site: { executor: slurm, local: [a] } }\n`;
    expect(await planned()).toEqual(before);
    expect(await planned('--profile', 'site')).toEqual(before);
    expect(await planned('--executor', 'slurm')).toEqual(before);
    terminal.text = STAGES.replace('2h', '3h');
    expect(await planned()).toEqual(before);
  });
});

describe('the options', () => {
  it('contradict each other', async () => {
    const { code, err } = await terminal.pipeline('run', '--profile', 'a', '--executor', 'slurm');
    expect(code).toBe(2);
    expect(err).toContain('cannot be used with');
    expect((await terminal.pipeline('run', '--executor', 'sge')).err).toContain('slurm');
  });
});

it('a variable of the pipeline may be called "profiles"', async () => {
  terminal.text = `vars: { profiles: 1 }${STAGES}`;
  terminal.rig.configs = { 'more.yaml': 'profiles: 2' };
  expect((await terminal.pipeline('plan', '-c', 'more.yaml')).code).toBe(0);
});

it.each(['0', 'soon', '-1h'])('a time of %s is an error', async (time) => {
  terminal.text = STAGES.replace('2h', time);
  const { code, err } = await terminal.pipeline('plan');
  expect(code).toBe(2);
  expect(err).toContain('"resources.time": write it like 90, "90s", "30m" or "2h"');
});
