/** Stage types of a project: built once, and again when a file of their import closure changes. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadStageModule, type ModuleTools } from '../../../src/runner/modules/stage-modules.ts';
import { CommandRig } from '../../stages/command-rig.ts';

let rig: CommandRig;
let builds: number;
let tools: ModuleTools;

beforeEach(() => {
  rig = new CommandRig('');
  builds = 0;
  rig.write('lib.mjs', 'export const defineStage = (type) => type;\n');
  tools = {
    root: rig.root,
    layout: rig.layout,
    library: pathToFileURL(`${rig.root}/lib.mjs`).href,
    bundler: async () => {
      builds++;
      return esbuild;
    },
  };
});
afterEach(() => rig.remove());

const stage = (
  name: string,
  before = '',
  value = '1',
) => `import { defineStage } from 'lowrank-pipeline';
${before}
export default defineStage({
  name: '${name}', description: '', parameters: {}, inputs: {}, outputs: { out: 'file' },
  load: async () => ({ run: async () => { globalThis.made = ${value}; } }),
});
`;

async function load(path: string) {
  const loaded = await loadStageModule(path, tools);
  if (!loaded.ok) throw new Error(loaded.error);
  return loaded.value;
}

async function fault(path: string): Promise<string> {
  const loaded = await loadStageModule(path, tools);
  return loaded.ok ? 'nothing' : loaded.error;
}

describe('a module', () => {
  it('that is edited while it is built has the code and the digest of the last edit', async () => {
    rig.write('own.ts', stage('own', '', '1'));
    let edits = 0;
    tools = {
      ...tools,
      bundler: async () => ({
        ...esbuild,
        build: (async (options: esbuild.BuildOptions) => {
          const built = await esbuild.build(options);
          // As an editor may, right after the first read.
          if (edits++ === 0) rig.write('own.ts', stage('own', '', '22'));
          return built;
        }) as typeof esbuild.build,
      }),
    };
    const { type, code } = await load('./own.ts');
    expect(readFileSync(type.module!, 'utf8')).toContain('22');
    rig.write('own.ts', stage('own', '', '22'));
    expect((await load('./own.ts')).code.digest).toBe(code.digest);
  });

  it('has the versions of the installed packages if there is no lock file', async () => {
    const put = (path: string, version: string, needs = '{}') => {
      const about = `{"version":"${version}","main":"i.js","dependencies":${needs}}`;
      rig.write(`${path}/package.json`, about);
      rig.write(`${path}/i.js`, '');
    };
    put('node_modules/@a/dep', '1.0.0', '{"deep":"*","other":"*"}');
    put('node_modules/deep', '5.0.0', '{"@a/dep":"*"}');
    put('node_modules/@a/dep/node_modules/other', '6.0.0');
    rig.write('own.ts', stage('own', "import 'node:fs'; import '@a/dep/i.js';"));
    const versions = { '@a/dep': '1.0.0', deep: '5.0.0', other: '6.0.0' };
    expect((await load('./own.ts')).code.packages).toEqual(versions);
    expect((await load('./own.ts')).code.packages).toEqual(versions);
    expect(builds).toBe(1);
    put('node_modules/deep', '5.0.1');
    expect((await load('./own.ts')).code.packages).toEqual({ ...versions, deep: '5.0.1' });
  });

  it('has the versions of a lock file in a parent folder, also if it is created later', async () => {
    rig.write('sub/own.ts', stage('own', "import 'dep'; import 'near';"));
    const lock = (version: string) =>
      JSON.stringify({
        packages: {
          'node_modules/dep': { version },
          'sub/node_modules/near': { version: '7.0.0' },
        },
      });
    for (const name of ['dep', 'near']) {
      rig.write(`node_modules/${name}/package.json`, `{"name":"${name}","main":"index.js"}`);
      rig.write(`node_modules/${name}/index.js`, '');
    }
    rig.write('sub/node_modules/near/package.json', '{"name":"near","main":"index.js"}');
    rig.write('sub/node_modules/near/index.js', '');
    tools = { ...tools, root: `${rig.root}/sub` };
    rig.write('package-lock.json', lock('1.0.0'));
    expect((await load('./own.ts')).code.packages).toEqual({ dep: '1.0.0', near: '7.0.0' });
    rig.write('package-lock.json', lock('2.0.0'));
    expect((await load('./own.ts')).code.packages).toEqual({ dep: '2.0.0', near: '7.0.0' });
  });

  it('is built once, and again when any file of its import closure changes', async () => {
    rig.write('parts/value.ts', 'export const value = (): number => Math.random() + 1;\n');
    rig.write('own.ts', stage('own', "import { value } from './parts/value.ts';", 'value'));
    const first = await load('./own.ts');
    expect(first.type).toMatchObject({ name: 'own', module: expect.any(String) });
    expect(Object.keys(first.code.files)).toEqual(['own.ts', 'parts/value.ts']);
    expect((await load('./own.ts')).code).toEqual(first.code);
    expect(builds).toBe(1);
    rig.write('parts/value.ts', 'export const value = (): number => Math.random() + 2; // other\n');
    const second = await load('./own.ts');
    expect(builds).toBe(2);
    expect(second.code.digest).not.toBe(first.code.digest);
    expect(second.type.module).not.toBe(first.type.module);
    rig.write('parts/value.ts', '// a comment\nexport const value = () =>\n  Math.random() + 2;\n');
    expect((await load('./own.ts')).code.digest).toBe(second.code.digest);
    expect(builds).toBe(3);
  });

  it('has its own digest, even if it shares code or a name with others', async () => {
    rig.write('a.ts', stage('train'));
    rig.write('b.js', stage('train', '', '2'));
    const [a, b] = [await load('./a.ts'), await load('./b.js')];
    expect(new Set([a.code.digest, b.code.digest]).size).toBe(2);
    expect([a, b].map((one) => one.type.name)).toEqual(['train', 'train']);
    expect(a.type.module).not.toBe(b.type.module);
  });

  it('has the locked versions of the packages that it imports in its code', async () => {
    const lock = (version: string) =>
      JSON.stringify({
        packages: {
          'node_modules/dep': { version, dependencies: { deeper: '*' } },
          'node_modules/deeper': { version: '7.0.0' },
        },
      });
    rig.write('node_modules/dep/package.json', '{ "name": "dep", "main": "index.js" }');
    rig.write('node_modules/dep/index.js', 'exports.value = 5;\n');
    rig.write('package-lock.json', lock('1.0.0'));
    rig.write('own.ts', stage('own', "import dep from 'dep';", 'dep.value'));
    expect((await load('./own.ts')).code.packages).toEqual({ deeper: '7.0.0', dep: '1.0.0' });
    rig.write('package-lock.json', lock('1.0.1'));
    expect((await load('./own.ts')).code.packages).toEqual({ deeper: '7.0.0', dep: '1.0.1' });
  });

  it('with a syntax error is reported with its file, line and column', async () => {
    rig.write('own.ts', `${stage('own')}\nconst x = ;\n`);
    expect(await fault('./own.ts')).toMatch(/^own\.ts:8:11: Unexpected ";"/);
    rig.write('own.ts', stage('own', "import { value } from './gone.ts';", 'value'));
    expect(await fault('./own.ts')).toMatch(/^own\.ts:2:23: Could not resolve "\.\/gone\.ts"/);
    rig.write('own.ts', stage('own', "throw new Error('at once');"));
    expect(await fault('./own.ts')).toBe('could not load "./own.ts": at once');
    rig.write('own.ts', stage('own', "throw 'a text';"));
    expect(await fault('./own.ts')).toBe('could not load "./own.ts": a text');
  });

  it('that cannot be stored is reported', async () => {
    rig.write('artifacts/store/modules', 'a file');
    rig.write('own.ts', stage('own'));
    expect(await fault('./own.ts')).toMatch(/EEXIST|ENOTDIR/);
  });

  it('that defines no stage type is reported', async () => {
    expect(await fault('./gone.ts')).toBe('no file at "./gone.ts"');
    rig.write('own.ts', 'export const x = 1;\n');
    expect(await fault('./own.ts')).toContain('has no stage type as its default export');
    rig.write('own.ts', 'export default { name: "x", load: 3 };\n');
    expect(await fault('./own.ts')).toBe('"./own.ts" defines a stage type without `load`');
    rig.write(
      'own.ts',
      'export default { name: "x", load() {}, parameters: {}, inputs: null, outputs: {} };\n',
    );
    expect(await fault('./own.ts')).toBe('"./own.ts" defines a stage type without `inputs`');
  });
});
