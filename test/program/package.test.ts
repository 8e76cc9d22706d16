/** The packed package, in a project that depends on it. Only its dependencies can be loaded there. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

// Not below this checkout, whose packages would be found there.
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'package-')));
const project = join(folder, 'project');
const installed = join(project, 'node_modules/lowrank-pipeline');
const checkout = resolve('dist/main.js');
let packed: Packed;
let bin: Readonly<Record<string, string>>;

beforeAll(() => {
  const words = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  packed = JSON.parse(execFileSync('npm', words, { encoding: 'utf8' }))[0];
  mkdirSync(installed, { recursive: true });
  const file = join(folder, packed.filename);
  execFileSync('tar', ['xzf', file, '-C', installed, '--strip-components=1']);
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  bin = manifest.bin;
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve('node_modules', name), link);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `program` is a file of the package, or the launcher of this checkout. */
function pipeline(cwd: string, program: string, ...words: readonly string[]) {
  const env = { ...process.env, LOWRANK_BACKENDS: join(folder, 'none'), NO_COLOR: '1' };
  const options = { cwd, env, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], options);
  return { status, stdout, stderr };
}

const launcher = (): string => join(installed, bin.pipeline!);

function stampsOfPackage(): readonly string[] {
  return readdirSync(installed, { recursive: true, encoding: 'utf8' }).map((name) => {
    const { size, mtimeMs } = statSync(join(installed, name));
    return `${name} ${size} ${mtimeMs}`;
  });
}

it('has what a project needs, and nothing else', () => {
  const paths = packed.files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining(['dist/main.js', 'dist/index.js', 'schema/pipeline.schema.json']),
  );
  const notNeeded =
    /^(?:src|test|bench)\/|^scripts\/(?!pipeline\.mjs)|artifacts\/|parts\.json$|docs\/images|\.log$/;
  expect(paths.filter((path) => notNeeded.test(path))).toEqual([]);
  // `prepack` removes the files of older builds.
  const build = readFileSync('dist/build.json', 'utf8');
  const isOld = (path: string) => {
    const [, hash] = /^dist\/.*-(\w{8})\.js(?:on)?$/.exec(path) ?? [];
    return hash !== undefined && !build.includes(hash);
  };
  const sizes = packed.files.map(({ path, size }) => (isOld(path) ? 0 : size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(10e6);
  const { private: isPrivate } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(isPrivate).toBeUndefined();
});

it('has a command with the name of the package, because npx outside a project looks for that', () => {
  expect(Object.keys(bin).sort()).toEqual(['lowrank-pipeline', 'pipeline']);
  expect(new Set(Object.values(bin)).size).toBe(1);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(pipeline(project, launcher(), '--version').stdout).toBe(`${version}\n`);
});

it('says first that ONNX Runtime is not installed, and which command installs it', () => {
  const pets = join(project, 'first');
  cpSync('examples/pets', pets, { recursive: true });
  const [line] = pipeline(pets, launcher(), 'plan').stdout.split('\n');
  const { platform, arch } = process;
  if (!['linux x64', 'linux arm64', 'darwin arm64'].includes(`${platform} ${arch}`)) return;
  expect(line).toMatch(
    /^backend wasm \S+ \(onnx is not installed; fix: pipeline backend install onnx\)$/,
  );
});

it('uses the results of a checkout, because the code of the stage types is the same', () => {
  const pets = join(project, 'pets');
  cpSync('examples/pets', pets, { recursive: true });
  const words = ['run', '--backend', 'wasm'];
  expect(pipeline(pets, checkout, ...words)).toMatchObject({ status: 0, stderr: '' });
  const before = stampsOfPackage();
  const again = pipeline(pets, launcher(), ...words);
  expect(again).toMatchObject({ status: 0, stderr: '' });
  expect(again.stdout).toMatch(/^0 executed, 2 cached/m);
  // Also without what the first run stored to make the next plan fast.
  rmSync(join(pets, 'artifacts/store/state'), { recursive: true });
  expect(pipeline(pets, launcher(), ...words).stdout).toMatch(/^0 executed, 2 cached/m);
  expect(stampsOfPackage()).toEqual(before);
});

it('runs stages, also those of stage types of the project, and changes nothing in its folder', () => {
  const before = stampsOfPackage();
  for (const name of ['pets', 'words']) {
    const example = join(project, `${name} here`);
    cpSync(join('examples', name), example, {
      recursive: true,
      filter: (path) => !path.endsWith('artifacts'),
    });
    const run = pipeline(example, launcher(), 'run', '--backend', 'wasm');
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toMatch(/^2 executed, 0 cached/m);
  }
  expect(stampsOfPackage()).toEqual(before);
});

it('writes an experiment into an empty folder that can be planned', () => {
  const empty = join(project, 'empty');
  mkdirSync(empty);
  expect(pipeline(empty, launcher(), 'init')).toMatchObject({ status: 0, stderr: '' });
  const { status, stdout } = pipeline(empty, launcher(), 'plan');
  expect(stdout).toMatch(/^1 will run, 24 may run, 0 up to date$/m);
  expect(status).toBe(0);
});

it('writes the scripts for PyTorch', () => {
  const empty = join(project, 'pytorch');
  mkdirSync(empty);
  expect(pipeline(empty, launcher(), 'init', 'pytorch')).toMatchObject({ status: 0, stderr: '' });
  for (const name of ['save.py', 'lowrank_loader.py']) {
    expect(readFileSync(join(empty, name), 'utf8')).toMatch(/^""/);
  }
});
