/** What `pipeline show` says about digests and runs. Stages are in reading.test.ts. */
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { journalOf } from '../../src/runner/execution/journal.ts';
import { storedObjects, storedRecords } from '../../src/runner/store/inventory.ts';
import { jsonLines, Terminal, widest } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.text = text;
});
afterEach(() => terminal.remove());

const text = `
vars: { rates: [1, 2] }
stages:
  base: { uses: make, with: { name: base } }
  part:
    uses: make
    matrix: { rate: "\${rates}" }
    with: { name: "part \${matrix.rate}", text: "rate \${matrix.rate}" }
    inputs: { from: base }
`;

interface Shown {
  readonly made: { readonly key: string; readonly run: string };
  readonly outputs: readonly {
    readonly digest: string;
    readonly files: readonly [{ readonly digest: string }];
  }[];
}

async function record(stage: string): Promise<Shown> {
  const { out } = await terminal.pipeline('show', stage, '--json');
  return jsonLines(out)[0] as unknown as Shown;
}

describe('a digest', () => {
  it('of a file leads to its stage, key, run and folder', async () => {
    await terminal.pipeline('run');
    const { made, outputs } = await record('part[rate=2]');
    const { digest } = outputs[0]!.files[0];
    const { code, out, err } = await terminal.pipeline('show', digest.slice(0, 12));
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^part\[rate=2\]\n/);
    expect(out).toContain(`${digest.slice(0, 12)}  is the file value.txt in its output "out"\n`);
    expect(out).toContain(made.key);
    // From there to the stage before it.
    expect(out).toMatch(/\n {2}input +from: [0-9a-f]{12} of base\n/);
    expect(out).toContain(`run ${made.run} at `);
    expect(out).toContain('artifacts/latest/part/rate=2\n');
    expect(out).toContain(`artifacts/store/objects/${digest.slice(0, 2)}/${digest.slice(2)}\n`);
  });

  it('can be that of a key, an output or an input', async () => {
    await terminal.pipeline('run');
    const { made, outputs } = await record('base');
    const shown = async (digest: string) => (await terminal.pipeline('show', digest)).out;
    expect(await shown(made.key)).toMatch(/^base\n.*is the key of this result\n/);
    expect(await shown(outputs[0]!.digest)).toMatch(/^base\n.*is its output "out"\n/);
    const [found] = jsonLines((await terminal.pipeline('show', outputs[0]!.digest, '--json')).out);
    expect(found!.results).toMatchObject([
      { is: 'output', stage: 'base' },
      { is: 'input', stage: 'part[rate=1]' },
      { is: 'input', stage: 'part[rate=2]' },
    ]);
  });

  it('is found without a valid pipeline, and for a stage that no longer exists', async () => {
    await terminal.pipeline('run');
    const { made } = await record('base');
    terminal.text = 'stages: {';
    expect(await terminal.pipeline('show', made.key.slice(0, 7))).toMatchObject({ code: 0 });
  });

  it('that is ambiguous or unknown is an error', async () => {
    await terminal.pipeline('run');
    const unknown = await terminal.pipeline('show', 'abcdef0');
    expect(unknown).toMatchObject({ code: 2, out: '' });
    expect(unknown.err).toContain('no digest of a result here begins with "abcdef0"');
    expect(unknown.err).toContain('no stage is named "abcdef0"');
    const [one] = [...storedObjects(terminal.rig.layout)];
    const path = `${one!.path.slice(0, -1)}${one!.name.endsWith('0') ? '1' : '0'}`;
    writeFileSync(path, 'other');
    const { code, err } = await terminal.pipeline('show', one!.name.slice(0, 20));
    expect(code).toBe(2);
    expect(err).toContain('2 digests begin with');
    expect(await terminal.pipeline('show', one!.name)).toMatchObject({ code: 0 });
  });

  it('of an object without a result says so', async () => {
    await terminal.pipeline('run');
    const [one] = [...storedObjects(terminal.rig.layout)];
    for (const { path } of [...storedRecords(terminal.rig.layout)]) rmSync(path);
    const { out } = await terminal.pipeline('show', one!.name);
    expect(out).toMatch(/no result has\s+it; "pipeline gc" removes it/);
  });

  it('is found beside damaged records and missing lists of files', async () => {
    await terminal.pipeline('run');
    const { outputs } = await record('part[rate=2]');
    const other = (await record('part[rate=1]')).outputs[0]!.digest as string;
    rmSync(terminal.rig.layout.object(other as never));
    const base = (await record('base')).made.key as string;
    const path = terminal.rig.layout.action(base as never);
    chmodSync(path, 0o644);
    writeFileSync(path, '{');
    const { code, out } = await terminal.pipeline('show', outputs[0]!.files[0].digest);
    expect([code, out.split('\n')[0]]).toEqual([0, 'part[rate=2]']);
    rmSync(terminal.rig.layout.latest, { recursive: true });
    const again = await terminal.pipeline('show', outputs[0]!.files[0].digest);
    expect(again.out).toContain('the store only');
  });

  it('of a stage with such a name is the stage', async () => {
    terminal.text = 'stages: { deadbeef: { uses: make, with: { name: a } } }';
    await terminal.pipeline('run');
    expect((await terminal.pipeline('show', 'deadbeef')).out).toMatch(/^deadbeef: up to date\n/);
  });

  it('fits 80 columns unless a word is longer', async () => {
    await terminal.pipeline('run');
    const { made } = await record('part[rate=2]');
    const { out } = await terminal.pipeline('show', made.key);
    expect(widest(out.replaceAll(/artifacts\/store\/\S+/g, ''))).toBeLessThanOrEqual(80);
  });
});

describe('a run', () => {
  it('names a pipeline that is not pipeline.yaml', async () => {
    await terminal.pipeline('run', '-f', 'second.yaml', '--name', 'other');
    const { out } = await terminal.pipeline('show', 'other');
    expect(out).toContain('pipeline run -f second.yaml\n');
    expect((await terminal.pipeline('runs')).out).toContain('-f second.yaml');
  });

  beforeEach(() => {
    const { rig } = terminal;
    const project = rig.project.bind(rig);
    const origin = { version: '1.2.3', commit: 'c0ffee'.padEnd(40, '0'), changed: true };
    rig.project = (given) => ({ ...project(given), origin: async () => origin });
  });

  it('is shown by its id, its name or latest, with its command, version and commit', async () => {
    await terminal.pipeline('run', '--name', 'paper', '--set', 'rates=[1, 3]', 'part');
    const [id] = readdirSync(terminal.rig.layout.runs);
    for (const target of [id!, id!.slice(0, 10), 'paper', 'latest']) {
      const { code, out } = await terminal.pipeline('show', target);
      expect(code).toBe(0);
      expect(out).toContain(`run ${id} (paper): done\n`);
      expect(out).toContain("pipeline run part --set 'rates=[1, 3]'\n");
      expect(out).toContain('3 executed, 0 cached\n');
      expect(out).toMatch(/version 1\.2\.3, commit\s+c0ffee0{34} with changes\n/);
    }
  });

  it('is listed with its commit and version if there is room', async () => {
    await terminal.pipeline('run');
    terminal.columns = 120;
    const { out } = await terminal.pipeline('runs');
    expect(out).toMatch(/ version +commit\n/);
    expect(out).toMatch(/1\.2\.3 +c0ffee0\+\n/);
  });

  it('is shown beside stages and digests', async () => {
    await terminal.pipeline('run');
    const { made } = await record('base');
    const { out } = await terminal.pipeline('show', 'latest', 'base', made.key.slice(0, 8));
    expect(out).toMatch(/^run .*\n.*\nbase: up to date\n.*\nbase\n/s);
    expect(out).toMatch(/ {2}version 1\.2\.3, commit/);
  });

  it('does not hide a stage with its name', async () => {
    await terminal.pipeline('run', '--name', 'base');
    expect((await terminal.pipeline('show', 'base')).out).toMatch(/^base: up to date\n/);
  });

  it('that does not exist is an error', async () => {
    await terminal.pipeline('run');
    const { code, err } = await terminal.pipeline('show', '20200101-000000-none');
    expect(code).toBe(2);
    expect(err).toContain('20200101-000000-none');
  });

  it('whose journal is empty or missing is an error', async () => {
    await terminal.pipeline('run');
    const { layout } = terminal.rig;
    for (const id of ['20200101-000000-aaaa', '20200101-000000-bbbb']) {
      mkdirSync(layout.run(id));
      if (id.endsWith('b')) writeFileSync(journalOf(layout, id), '');
      const { code, err } = await terminal.pipeline('show', id);
      expect([code, err]).toEqual([2, expect.stringContaining(`run ${id} is damaged`)]);
    }
  });
});
