/** What `pipeline export` writes, and when it refuses. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, ok } from '../../src/base/result.ts';
import { digestFile } from '../../src/runner/key/digest.ts';
import { storedRecords } from '../../src/runner/store/inventory.ts';
import { Terminal } from './terminal.ts';

let terminal: Terminal;
let folder: string;
beforeEach(() => {
  terminal = new Terminal();
  terminal.text = text;
  folder = join(terminal.rig.root, 'exported');
  const { rig } = terminal;
  rig.configs = { 'small.yaml': 'word: small' };
  writeFileSync(join(rig.root, 'pipeline.yaml'), text);
  writeFileSync(join(rig.root, 'small.yaml'), 'word: small');
  const project = rig.project.bind(rig);
  const origin = { version: '1.2.3', commit: 'c0ffee'.padEnd(40, '0'), changed: true };
  rig.project = (given) => ({ ...project(given), origin: async () => origin });
});
afterEach(() => terminal.remove());

const text = `
vars: { word: plain, rates: [1, 2] }
stages:
  base: { uses: make, with: { name: base } }
  part:
    uses: make
    matrix: { rate: "\${rates}" }
    with: { name: "part \${matrix.rate}", text: "\${word} \${matrix.rate}" }
    inputs: { from: base }
`;

interface Entity {
  readonly '@id': string;
  readonly '@type': string;
  readonly sha256?: string;
  readonly contentSize?: string;
}

function entities(): readonly Entity[] {
  const crate = JSON.parse(readFileSync(join(folder, 'ro-crate-metadata.json'), 'utf8'));
  return crate['@graph'];
}

const exported = (...words: string[]) => terminal.pipeline('export', ...words);

/** Files of the export and of the folder around it. */
function paths(root = folder): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => join(parentPath, name).slice(root.length + 1))
    .sort();
}

describe('an export', () => {
  it('has the results, the documents, and what describes the run', async () => {
    await terminal.pipeline('run', '-c', 'small.yaml', '--name', 'paper');
    const { code, out, err } = await exported('paper', folder);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('11 files, ');
    expect(paths()).toEqual([
      'environment.json',
      'pipeline.lock',
      'project/pipeline.yaml',
      'project/small.yaml',
      'results/part/rate=1/other/note.txt',
      'results/part/rate=1/out/value.txt',
      'results/part/rate=2/other/note.txt',
      'results/part/rate=2/out/value.txt',
      'ro-crate-metadata.json',
      'ro-crate-preview.html',
      'stages.json',
    ]);
    expect(readFileSync(join(folder, 'results/part/rate=2/out/value.txt'), 'utf8')).toContain(
      'small 2',
    );
    const stages = JSON.parse(readFileSync(join(folder, 'stages.json'), 'utf8'));
    expect(stages).toMatchObject([
      { stage: 'base' },
      { stage: 'part[rate=1]', inputs: { from: [{ stage: 'base', output: 'out' }] } },
      { stage: 'part[rate=2]' },
    ]);
    const environment = JSON.parse(readFileSync(join(folder, 'environment.json'), 'utf8'));
    expect(environment).toMatchObject({
      program: { name: 'lowrank-pipeline', version: '1.2.3' },
      changed: true,
      facts: { backend: 'test 1' },
      packages: { pkg: '1.0.0' },
    });
    const page = readFileSync(join(folder, 'ro-crate-preview.html'), 'utf8');
    expect(page).toContain('pipeline run -c small.yaml');
    expect(page).toContain('href="results/part/rate%3D2/out/value.txt"');
  });

  it('lists each of its files with size and digest', async () => {
    await terminal.pipeline('run');
    await exported('latest', folder);
    const files = entities().filter((one) => one['@type'] === 'File');
    const listed = files.map((one) => decodeURIComponent(one['@id'])).sort();
    const described = ['ro-crate-metadata.json', 'ro-crate-preview.html'];
    expect([...listed, ...described].sort()).toEqual(paths());
    for (const one of files) {
      const path = join(folder, decodeURIComponent(one['@id']));
      expect(one.sha256).toBe(digestFile(path));
      expect(one.contentSize).toBe(String(readFileSync(path).length));
    }
  });

  it('has the same bytes each time, and depends on nothing that runs later', async () => {
    await terminal.pipeline('run', '--name', 'paper');
    await exported('paper', folder);
    await terminal.pipeline('run', '--set', 'word=other');
    await exported('paper', `${folder}-2`);
    expect(spawnSync('diff', ['-r', folder, `${folder}-2`], { encoding: 'utf8' }).stdout).toBe('');
  });

  it('of chosen stages has their outputs only', async () => {
    await terminal.pipeline('run');
    await exported('latest', folder, 'base', 'part[rate=1]');
    const results = paths().filter((path) => path.startsWith('results/'));
    expect([...new Set(results.map((path) => path.split('/').slice(1, 3).join('/')))]).toEqual([
      'base/other',
      'base/out',
      'part/rate=1',
    ]);
    const { code, err } = await exported('latest', `${folder}-2`, 'none');
    expect([code, existsSync(`${folder}-2`)]).toEqual([2, false]);
    expect(err).toContain('the run has no stage "none"; it has base, part');
  });

  it('leaves out documents that no longer describe the run, and says so', async () => {
    await terminal.pipeline('run');
    terminal.text = text.replace('plain', 'changed');
    const { code, err } = await exported('latest', folder);
    expect(code).toBe(0);
    expect(err.replaceAll(/\s+/g, ' ')).toContain(
      'no pipeline documents, because the pipeline has other stages or parameters now. The run was made at commit c0ffee',
    );
    expect(paths().some((path) => path.startsWith('project/'))).toBe(false);
    terminal.text = 'stages: {';
    expect((await exported('latest', `${folder}-2`)).err).toMatch(/has an error\s+now/);
    terminal.text = text.replace('[1, 2]', '[1, 2, 3]');
    expect((await exported('latest', `${folder}-3`)).err).toMatch(/other\s+stages/);
  });

  it('shows names and texts of hostile files as text', async () => {
    const name = '<img src=x onerror=alert(1)>#?%20.svg';
    terminal.rig.executor.instead.set('base', ({ outputs }) => {
      writeFileSync(join(outputs.out!, name), '<svg/>');
      writeFileSync(join(outputs.other!, 'note.txt'), '');
      return ok(undefined);
    });
    terminal.text = 'stages: { base: { uses: make, with: { name: base } } }';
    await terminal.pipeline('run', '--name', '<script>');
    await exported('latest', folder);
    const page = readFileSync(join(folder, 'ro-crate-preview.html'), 'utf8');
    expect(page).not.toMatch(/<script>|<img src=x/);
    const address = /href="(results[^"]*)"/.exec(page)![1]!;
    expect(address).not.toMatch(/[#?<> ]/);
    expect(existsSync(join(folder, decodeURIComponent(address)))).toBe(true);
  });

  it('has the license of the project', async () => {
    writeFileSync(join(terminal.rig.root, 'LICENSE'), 'MIT');
    await terminal.pipeline('run');
    await exported('latest', folder);
    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toBe('MIT');
    const text = JSON.stringify(entities());
    expect(text).toContain('"license":{"@id":"LICENSE"}');
    // What the reference validator recommends.
    expect(text).toMatch(/"@id":"LICENSE","@type":"File",[^}]*"encodingFormat":"text\/plain"/);
    expect(text).toContain('"actionStatus":"http://schema.org/CompletedActionStatus"');
  });

  it('has authors and a publisher, each of them once', async () => {
    await terminal.pipeline('run');
    const ada = ['--author', 'Ada Lovelace <https://orcid.org/0000-0002-1825-0097>'];
    const others = ['--author', '<b>', '--author', 'Grace "G" Hopper'];
    expect((await exported('latest', folder, ...ada, ...others)).code).toBe(2);
    expect(existsSync(folder)).toBe(false);
    others[1] = 'Grace "G" Hopper';
    const uni = ['--publisher', 'A & B University <https://example.org/?a=1&b=2>'];
    const { code } = await exported('latest', folder, ...ada, ...ada, ...others, ...uni);
    expect(code).toBe(0);
    const all = entities();
    const grace = '#Person-Grace%20%22G%22%20Hopper';
    expect(all.find((one) => one['@id'] === './')).toMatchObject({
      author: [{ '@id': 'https://orcid.org/0000-0002-1825-0097' }, { '@id': grace }],
      publisher: { '@id': 'https://example.org/?a=1&b=2' },
    });
    const parties = all.filter((one) => ['Person', 'Organization'].includes(one['@type']));
    expect(parties).toMatchObject([
      { name: 'Ada Lovelace', url: 'https://orcid.org/0000-0002-1825-0097' },
      { '@id': grace, name: 'Grace "G" Hopper' },
      { '@type': 'Organization', name: 'A & B University', url: 'https://example.org/?a=1&b=2' },
    ]);
    const page = readFileSync(join(folder, 'ro-crate-preview.html'), 'utf8');
    expect(page).toContain('<dd>A &amp; B University</dd>');
  });

  it.each([
    '',
    ' ',
    'Ada <mailto:ada@example.org>',
    'Ada <javascript:alert(1)>',
    'Ada <https://a b>',
    '<https://example.org>',
    'Ada <https://example.org> Lovelace',
  ])('is not written with the author %j', async (author) => {
    await terminal.pipeline('run');
    const { code, err } = await exported('latest', folder, '--author', author);
    expect([code, existsSync(folder)]).toEqual([2, false]);
    expect(err.replaceAll(/\s+/g, ' ')).toContain('Expected "NAME" or "NAME <https://ADDRESS>"');
  });

  // The validator reads the definitions of RO-Crate from the network, so it runs on request only.
  const validator = process.env.ROCRATE_VALIDATOR;
  it.skipIf(validator === undefined)('is accepted by the reference validator', async () => {
    await terminal.pipeline('run', '--name', 'paper');
    await exported('paper', folder);
    const profile = ['-l', 'required', '-p', 'process-run-crate-0.5'];
    const { status, stdout } = spawnSync(
      validator!,
      ['-y', 'validate', '--no-paging', ...profile, folder],
      { encoding: 'utf8' },
    );
    expect([status, stdout]).toEqual([0, expect.stringContaining('valid')]);
  });
});

describe('an export is refused', () => {
  const refused = async (...words: string[]): Promise<string> => {
    const before = readdirSync(terminal.rig.root);
    const { code, out, err } = await exported(...words);
    expect([code, out]).toEqual([2, '']);
    expect(readdirSync(terminal.rig.root)).toEqual(before);
    // Where a line is wrapped depends on the folder.
    return err.replaceAll(/\s+/g, ' ');
  };

  it('without such a run, and for a run that is not done', async () => {
    expect(await refused('latest', folder)).toContain('there are no runs yet');
    terminal.rig.executor.instead.set('base', () => fail({ kind: 'timeout', seconds: 1 }));
    await terminal.pipeline('run');
    expect(await refused('latest', folder)).toMatch(/is (?:failed|interrupted)/);
    expect(await refused('none', folder)).toContain('no run "none"');
  });

  it('into a folder with files, onto a file, and into the store', async () => {
    await terminal.pipeline('run');
    mkdirSync(folder);
    writeFileSync(join(folder, 'mine'), '');
    expect(await refused('latest', folder)).toContain('already has files');
    expect(readdirSync(folder)).toEqual(['mine']);
    expect(await refused('latest', join(folder, 'mine'))).toContain('is a file');
    expect(await refused('latest', join(terminal.rig.layout.latest, 'x'))).toContain('the store');
    expect(await refused('latest', join(folder, 'mine', 'inside'))).toContain('could not create');
  });

  it('if a result is lost or damaged, without leaving a part', async () => {
    await terminal.pipeline('run');
    const [record] = [...storedRecords(terminal.rig.layout)];
    const kept = readFileSync(record!.path);
    rmSync(record!.path);
    expect(await refused('latest', folder)).toContain('are no longer in the store');
    writeFileSync(record!.path, kept);
    const shown = join(terminal.rig.layout.latest, 'part/rate=2/out/value.txt');
    const object = terminal.rig.layout.object(digestFile(shown));
    chmodSync(object, 0o644);
    writeFileSync(object, 'damaged');
    expect(await refused('latest', folder)).toContain('is damaged');
    rmSync(object);
    expect(await refused('latest', folder)).toContain('is damaged');
  });

  it('if it was interrupted', async () => {
    await terminal.pipeline('run');
    terminal.signal = AbortSignal.abort();
    const { code, err } = await exported('latest', folder);
    expect(code).toBe(130);
    expect(err).toContain('interrupted');
    expect(existsSync(folder)).toBe(false);
  });

  it('if the folder can not be written', async () => {
    await terminal.pipeline('run');
    const readOnly = join(terminal.rig.root, 'read-only');
    mkdirSync(readOnly, { mode: 0o500 });
    if (process.getuid!() === 0) return;
    expect(await refused('latest', join(readOnly, 'x'))).toContain('could not create');
  });
});

it('an empty folder, and a link to one, can be the target', async () => {
  await terminal.pipeline('run');
  const elsewhere = join(terminal.rig.root, 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, folder);
  expect(await exported('latest', folder)).toMatchObject({ code: 0 });
  expect(existsSync(join(elsewhere, 'ro-crate-metadata.json'))).toBe(true);
  mkdirSync(`${folder}-2`);
  expect(await exported('latest', `${folder}-2`)).toMatchObject({ code: 0 });
});

it('two exports to the same folder leave one of them whole', async () => {
  await terminal.pipeline('run');
  const both = await Promise.all([exported('latest', folder), exported('latest', folder)]);
  expect(both.map(({ code }) => code).sort()).toEqual([0, 2]);
  expect(both.find(({ code }) => code === 2)!.err).toContain('could not write');
  expect(existsSync(join(folder, 'ro-crate-metadata.json'))).toBe(true);
  expect(readdirSync(terminal.rig.root).filter((name) => name.startsWith('exported'))).toEqual([
    'exported',
  ]);
});
