/** What `pipeline export` writes. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../src/base/result.ts';
import { digestFile } from '../../src/runner/key/digest.ts';
import { ExportTerminal, text } from './export-rig.ts';

let terminal: ExportTerminal;
let folder: string;
beforeEach(() => {
  terminal = new ExportTerminal();
  folder = terminal.target;
});
afterEach(() => terminal.remove());

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
    const { code, out, err } = await terminal.exported('paper', folder);
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
    await terminal.exported('latest', folder);
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
    await terminal.exported('paper', folder);
    await terminal.pipeline('run', '--set', 'word=other');
    await terminal.exported('paper', `${folder}-2`);
    expect(spawnSync('diff', ['-r', folder, `${folder}-2`], { encoding: 'utf8' }).stdout).toBe('');
  });

  it('of chosen stages has their outputs only', async () => {
    await terminal.pipeline('run');
    await terminal.exported('latest', folder, 'base', 'part[rate=1]');
    const results = paths().filter((path) => path.startsWith('results/'));
    expect([...new Set(results.map((path) => path.split('/').slice(1, 3).join('/')))]).toEqual([
      'base/other',
      'base/out',
      'part/rate=1',
    ]);
    const { code, err } = await terminal.exported('latest', `${folder}-2`, 'none');
    expect([code, existsSync(`${folder}-2`)]).toEqual([2, false]);
    expect(err).toContain('the run has no stage "none"; it has base, part');
  });

  it('leaves out documents that no longer describe the run, and says so', async () => {
    await terminal.pipeline('run');
    terminal.text = text.replace('plain', 'changed');
    const { code, err } = await terminal.exported('latest', folder);
    expect(code).toBe(0);
    expect(err.replaceAll(/\s+/g, ' ')).toContain(
      'no pipeline documents, because the pipeline has other stages or parameters now. The run was made at commit c0ffee',
    );
    expect(paths().some((path) => path.startsWith('project/'))).toBe(false);
    terminal.text = 'stages: {';
    expect((await terminal.exported('latest', `${folder}-2`)).err).toMatch(/has an error\s+now/);
    terminal.text = text.replace('[1, 2]', '[1, 2, 3]');
    expect((await terminal.exported('latest', `${folder}-3`)).err).toMatch(/other\s+stages/);
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
    await terminal.exported('latest', folder);
    const page = readFileSync(join(folder, 'ro-crate-preview.html'), 'utf8');
    expect(page).not.toMatch(/<script>|<img src=x/);
    const address = /href="(results[^"]*)"/.exec(page)![1]!;
    expect(address).not.toMatch(/[#?<> ]/);
    expect(existsSync(join(folder, decodeURIComponent(address)))).toBe(true);
  });

  it('has the license of the project', async () => {
    writeFileSync(join(terminal.rig.root, 'LICENSE'), 'MIT');
    await terminal.pipeline('run');
    await terminal.exported('latest', folder);
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
    expect((await terminal.exported('latest', folder, ...ada, ...others)).code).toBe(2);
    expect(existsSync(folder)).toBe(false);
    others[1] = 'Grace "G" Hopper';
    const uni = ['--publisher', 'A & B University <https://example.org/?a=1&b=2>'];
    const { code } = await terminal.exported('latest', folder, ...ada, ...ada, ...others, ...uni);
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
    const { code, err } = await terminal.exported('latest', folder, '--author', author);
    expect([code, existsSync(folder)]).toEqual([2, false]);
    expect(err.replaceAll(/\s+/g, ' ')).toContain('Expected "NAME" or "NAME <https://ADDRESS>"');
  });

  // The validator reads the definitions of RO-Crate from the network, so it runs on request only.
  const validator = process.env.ROCRATE_VALIDATOR;
  it.skipIf(validator === undefined)('is accepted by the reference validator', async () => {
    await terminal.pipeline('run', '--name', 'paper');
    await terminal.exported('paper', folder);
    const profile = ['-l', 'required', '-p', 'process-run-crate-0.5'];
    const { status, stdout } = spawnSync(
      validator!,
      ['-y', 'validate', '--no-paging', ...profile, folder],
      { encoding: 'utf8' },
    );
    expect([status, stdout]).toEqual([0, expect.stringContaining('valid')]);
  });
});
