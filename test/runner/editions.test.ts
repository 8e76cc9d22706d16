/** Each configuration and pipeline file has its own folder with its newest results. */
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
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gc, verify } from '../../src/runner/index.ts';
import { layoutFor } from '../../src/runner/project/edition.ts';
import { storedRecords } from '../../src/runner/store/inventory.ts';
import { Rig } from './rig.ts';
import { damageUnseen } from './unseen-damage.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
  rig.configs = { 'configs/compare.yaml': 'word: compared', 'small.yaml': 'word: small' };
});
afterEach(() => rig.remove());

const text = `
vars: { word: plain }
stages:
  a: { uses: make, with: { name: a, text: "\${word}" } }
  b: { uses: make, with: { name: b, constant: true, text: same }, inputs: { from: a } }
`;
const compared = { configs: ['configs/compare.yaml'] };

function shown(folder: string, stage = 'a'): string {
  return readFileSync(join(rig.layout.root, folder, stage, 'out/value.txt'), 'utf8');
}

const folders = (): string[] =>
  readdirSync(rig.layout.root).filter((name) => name.startsWith('latest'));

const watch = { signal: new AbortController().signal, onProgress: () => undefined };

async function collected(): Promise<number> {
  const request = { keepMs: -1000, maxBytes: Number.POSITIVE_INFINITY, dryRun: false };
  const plan = await rig.prepare(text);
  const result = await gc(rig.project(text), plan, { ...request, signal: watch.signal });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.dropped.length;
}

describe('the folder of a configuration', () => {
  it('keeps its results while another configuration runs', async () => {
    await rig.run(text);
    await rig.run(text, compared);
    await rig.run(text, { configs: ['small.yaml'], settings: ['word=set'] });
    expect(folders()).toEqual(['latest', 'latest-compare', 'latest-small']);
    expect(shown('latest')).toContain('plain');
    expect(shown('latest-compare')).toContain('compared');
    expect(shown('latest-small')).toContain('set');
  });

  it('has a plan of its own, so that two configurations take turns without planning again', async () => {
    for (const selection of [{}, compared]) await rig.run(text, selection);
    for (const selection of [{}, compared, {}, compared]) {
      expect(await rig.run(text, selection)).toMatchObject({ idle: true, executed: [] });
    }
  });

  it('is written again if it was deleted', async () => {
    await rig.run(text);
    await rig.run(text, compared);
    rmSync(join(rig.layout.root, 'latest-compare'), { recursive: true });
    expect((await rig.run(text, compared)).executed).toEqual([]);
    expect(shown('latest-compare')).toContain('compared');
  });

  it('of a new configuration is explained by the results without a configuration', async () => {
    await rig.run(text);
    const { plan } = await rig.prepare(text, compared);
    expect(plan.decisions.get('a' as never)).toMatchObject({
      reasons: [{ kind: 'changed', changes: [{ kind: 'parameter', path: ['text'] }] }],
    });
  });

  it('is not explained by the results of another pipeline file', async () => {
    await rig.run(text);
    const other = {
      ...rig.project(text.replaceAll('plain', 'other')),
      pathOf: () => join(rig.root, 'other.yaml'),
    };
    const { prepare } = await import('../../src/runner/index.ts');
    const nothing = { configs: [], settings: [], targets: [], forced: [] };
    const prepared = await prepare(other, nothing);
    if (!prepared.ok) throw new Error('it has errors');
    expect(basename(prepared.value.layout.latest)).toBe('latest-other.yaml');
    expect(prepared.value.plan.decisions.get('a' as never)).toMatchObject({
      reasons: [{ kind: 'first-run' }],
    });
  });

  it("does not replace a user's file in a folder with its name", async () => {
    await rig.run(text);
    const mine = join(rig.layout.root, 'latest-compare/a/out/value.txt');
    mkdirSync(join(mine, '..'), { recursive: true });
    writeFileSync(mine, 'mine');
    await rig.run(text, compared);
    expect(shown('latest-compare')).toContain('compared');
    expect(readFileSync(`${mine}.1`, 'utf8')).toBe('mine');
  });

  it('can be a link to another disk', async () => {
    const elsewhere = join(rig.root, 'elsewhere');
    mkdirSync(elsewhere);
    mkdirSync(rig.layout.root);
    symlinkSync(elsewhere, join(rig.layout.root, 'latest-compare'));
    await rig.run(text, compared);
    expect(readdirSync(elsewhere)).toEqual(['a', 'b']);
    await rig.run(text);
    expect(await collected()).toBe(0);
  });

  it('is not input of a stage', async () => {
    await rig.run(text, compared);
    const reading =
      'stages: { a: { uses: make, with: { name: a }, inputs: { one: ./artifacts/latest-compare/a } } }';
    await expect(rig.prepare(reading)).rejects.toThrow('artifacts/latest-compare/a');
  });
});

describe('gc and verify', () => {
  it('keep the results that a folder shows, and drop them after the folder was deleted', async () => {
    await rig.run(text);
    await rig.run(text, compared);
    expect(await collected()).toBe(0);
    rmSync(join(rig.layout.root, 'latest-compare'), { recursive: true });
    expect(await collected()).toBe(2);
    expect([...storedRecords(rig.layout)]).toHaveLength(2);
    const state = readdirSync(rig.layout.state);
    expect(state.filter((name) => name.includes('compare'))).toEqual([]);
    expect((await rig.run(text, compared)).executed).toEqual(['a', 'b']);
  });

  it('ignore folders of the user with such a name', async () => {
    await rig.run(text);
    mkdirSync(join(rig.layout.root, 'latest-notes/mine'), { recursive: true });
    writeFileSync(join(rig.layout.root, 'latest-list'), '');
    expect(await verify(rig.project(text), watch)).toMatchObject({ findings: [] });
    expect(await collected()).toBe(0);
    expect(existsSync(join(rig.layout.root, 'latest-notes/mine'))).toBe(true);
  });

  it('find a damaged copy in any folder, and the next run of that configuration replaces it', async () => {
    await rig.run(text);
    await rig.run(text, compared);
    damageUnseen(join(rig.layout.root, 'latest-compare/a/out/value.txt'));
    const { findings } = await verify(rig.project(text), watch);
    expect(findings).toContainEqual(
      expect.objectContaining({ path: 'latest-compare/a/out/value.txt', moved: true }),
    );
    await rig.run(text, compared);
    expect(shown('latest-compare')).toContain('compared');
    expect(shown('latest')).toContain('plain');
  });

  it('find a damaged note in any folder', async () => {
    await rig.run(text);
    await rig.run(text, compared);
    const note = join(rig.layout.root, 'latest-compare/a/.outputs');
    chmodSync(note, 0o644);
    writeFileSync(note, '{');
    expect((await verify(rig.project(text), watch)).findings).toMatchObject([
      { type: 'damaged-note', path: 'latest-compare/a/.outputs' },
    ]);
    await rig.run(text, compared);
    expect(await verify(rig.project(text), watch)).toMatchObject({ findings: [] });
    expect(existsSync(note)).toBe(true);
  });
});

describe('the name of the folder', () => {
  const nameFor = (configs: string[], file = 'pipeline.yaml'): string => {
    const { layout, root } = rig;
    const pathOf = (path: string) => join(root, path === '' ? file : path);
    return basename(layoutFor({ layout, root, pathOf }, { configs }).latest);
  };

  it.each([
    [[], 'pipeline.yaml', 'latest'],
    [['configs/compare.yaml'], 'pipeline.yaml', 'latest-compare'],
    [['compare.yml'], 'pipeline.yaml', 'latest-compare'],
    [['configs/a.yaml', 'b.yaml'], 'pipeline.yaml', 'latest-a+b'],
    [['other/a.yaml'], 'pipeline.yaml', 'latest-other-a'],
    [['vergleich-größe.yaml'], 'pipeline.yaml', 'latest-vergleich-größe'],
    [[], 'gpu.yaml', 'latest-gpu.yaml'],
    [['gpu.yaml'], 'pipeline.yaml', 'latest-gpu'],
    [['configs/a.yaml'], 'gpu.yaml', 'latest-gpu.yaml+a'],
  ])('for %j of %s is %s', (configs, file, name) => {
    expect(nameFor(configs, file)).toBe(name);
  });

  it('is a name that a file system allows', () => {
    const long = nameFor([`${'ü'.repeat(300)}.yaml`]);
    expect(Buffer.byteLength(long)).toBeLessThan(200);
    expect(nameFor([`${'ü'.repeat(301)}.yaml`])).not.toBe(long);
    expect(nameFor(['../a/b;$(c)"\n.yaml'])).toMatch(/^latest-\.\.-a-b-c--[0-9a-f]{8}$/);
  });

  it.each([
    ['x/a.yaml', 'x-a.yaml'],
    ['x/a.yaml', 'configs/x-a.yaml'],
    ['a.yaml', 'configs/a.yaml'],
    ['a.json', 'a.yaml'],
    ['configs/x/a.yaml', 'configs-x-a.yaml'],
  ])('of %s is another if %s exists, which keeps the usual one', (path, owner) => {
    const usual = nameFor([owner]);
    expect(nameFor([path])).toBe(usual);
    mkdirSync(dirname(join(rig.root, owner)), { recursive: true });
    writeFileSync(join(rig.root, owner), '');
    expect(nameFor([owner])).toBe(usual);
    expect(nameFor([path])).toMatch(new RegExp(`^${usual}-[0-9a-f]{8}$`));
  });

  it('differs for all paths', () => {
    const selections: [string[], string][] = [
      ...['x/a-b.yaml', 'x-a/b.yaml', 'x/a/b.yaml', 'x a/b.yaml', 'x/a b.yaml', '../x/a/b.yaml'],
      ...['a+b.yaml', 'c.yaml.yaml', 'Pipe.yaml', 'c.yaml'],
    ].map((config) => [[config], 'pipeline.yaml']);
    selections.push([['a.yaml', 'b.yaml'], 'pipeline.yaml'], [['a.yaml'], 'b.yaml']);
    selections.push(
      ...['c.yaml', 'Pipe', 'c d.yaml', 'c-d.yaml'].map((file): [string[], string] => [[], file]),
    );
    const names = selections.map(([configs, file]) => nameFor(configs, file));
    expect(new Set(names).size).toBe(names.length);
  });
});
