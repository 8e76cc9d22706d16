/** The allowed imports of `docs/architecture.md`, and that there is no import cycle, types included. */
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { files, imports, roomOf } from './sources.ts';

function localImports(file: string): string[] {
  return imports
    .get(file)!
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => normalize(join(dirname(file), specifier)).replaceAll('\\', '/'));
}

/** Room -> the rooms it may import. */
const allowed: Record<string, readonly string[]> = {
  '(entry)': ['app', 'cli', 'runner', 'stages', 'nn', 'base'],
  app: [
    'cli',
    'web',
    'dvc',
    'remote',
    'runner',
    'stages',
    'nn',
    'safetensors',
    'datasets',
    'onnx',
    'base',
  ],
  base: [],
  cli: ['runner', 'dvc', 'web', 'base'],
  web: ['runner', 'base'],
  dvc: ['runner', 'base'],
  remote: ['runner', 'base'],
  runner: ['base'],
  stages: ['runner', 'nn', 'onnx', 'safetensors', 'linalg', 'datasets', 'report', 'base'],
  nn: ['onnx', 'safetensors', 'linalg', 'datasets', 'base'],
  onnx: ['base'],
  safetensors: ['base'],
  linalg: ['base'],
  datasets: ['base'],
  // The types of results, but no code of the networks: see below.
  report: ['nn', 'base'],
};

/** Each folder imports only the folders before it. */
const ordered: Record<string, readonly string[]> = {
  runner: [
    'document',
    'graph',
    'key',
    'store',
    'state',
    'cache',
    'modules',
    'execution',
    'history',
    'project',
  ],
  'stages/shared': [
    'backend',
    'commands',
    'layers',
    'ranks',
    'models',
    'samples',
    'training',
    'scoring',
    'compression',
    'moments',
    'networks',
    'foreign',
    'latency',
    'reports',
  ],
};

/** The place of its folder in such a list. Undefined if it is not in one. */
function placeIn(parent: string, file: string): number | undefined {
  const [folder, ...inside] = file.slice(parent.length + 1).split('/');
  if (!file.startsWith(`${parent}/`) || inside.length === 0) return undefined;
  expect(ordered[parent], file).toContain(folder);
  return ordered[parent]!.indexOf(folder!);
}

describe('the structure', () => {
  it('has only known rooms', () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual(Object.keys(allowed).sort());
  });

  it('has only the entries of the build at the root of src/', () => {
    const build = readFileSync('scripts/build/parts.mjs', 'utf8');
    const entries = files.filter((file) => roomOf(file) === '(entry)');
    expect(entries.filter((file) => !build.includes(`'src/${file}'`))).toEqual([]);
  });

  it.each(files)('%s imports in the allowed directions', (file) => {
    const room = roomOf(file);
    for (const target of localImports(file)) {
      const other = roomOf(target);
      expect([room, ...allowed[room]!]).toContain(other);
      if (room !== 'runner' && other === 'runner') expect(target).toBe('runner/index.ts');
      if (room === 'runner') expect(target).not.toBe('runner/index.ts');
    }
  });

  it.each(Object.keys(ordered))('%s has folders in an order', (parent) => {
    for (const file of files) {
      const from = placeIn(parent, file);
      for (const target of localImports(file)) {
        // The files in the parent itself may import from all of its folders.
        const to = placeIn(parent, target);
        if (from === undefined || to === undefined) continue;
        expect(to, `${file} -> ${target}`).toBeLessThanOrEqual(from);
      }
    }
  });

  it('has a report that knows only the types of results', () => {
    for (const file of files.filter((one) => roomOf(one) === 'report')) {
      const text = readFileSync(join('src', file), 'utf8');
      const statements = text.match(/^import [^;]*? from '[^']*\/nn\/[^']*'/gm) ?? [];
      expect(
        statements.filter((one) => !one.startsWith('import type ')),
        file,
      ).toEqual([]);
      const targets = localImports(file).filter((target) => roomOf(target) === 'nn');
      for (const target of targets) {
        expect(['nn/evaluation-row.ts', 'nn/model/history.ts'], file).toContain(target);
      }
    }
  });

  it('has no import cycle', () => {
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      const at = path.indexOf(file);
      if (at >= 0) throw new Error([...path.slice(at), file].join(' -> '));
      if (done.has(file)) return;
      for (const target of localImports(file)) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
  });

  it.each([
    ['yaml', /^runner\/document\//],
    ['p-queue', /^runner\/execution\/scheduler\.ts$/],
    ['pino', /^cli\/render\//],
    ['commander', /^cli\//],
    ['preact', /^web\/page\//],
    ['@preact/signals', /^web\/page\//],
    ['@dagrejs/dagre', /^web\/page\/layout\.ts$/],
    ['ml-matrix', /^linalg\//],
    ['pure-rand', /^linalg\//],
    ['vega', /^report\//],
    ['vega-lite', /^report\//],
    ['@resvg/', /^report\/charts\/resvg\.ts$/],
    ['pdfkit', /^report\/charts\/pdf\.ts$/],
    ['svg-to-pdfkit', /^report\/charts\/pdf\.ts$/],
    ['fontkit', /^report\/charts\/pdf\.ts$/],
    ['@tensorflow/', /^nn\//],
    ['jpeg-js', /^datasets\/decode\/jpeg\.ts$/],
    ['fast-png', /^datasets\/decode\/png\.ts$/],
    ['@zip.js/zip.js', /^datasets\/formats\/npz-archive\.ts$/],
    ['tar', /^datasets\/sources\//],
    ['get-east-asian-width', /^cli\/render\/width\.ts$/],
    ['execa', /^(?:app|nn\/backends|datasets\/sources)\//],
    ['picomatch', /^(?:base\/name-patterns|stages\/shared\/commands\/scratch-paths)\.ts$/],
    ['aws4fetch', /^remote\/s3\.ts$/],
    ['protobufjs', /^base\/protobuf(?:-reading)?\.ts$/],
  ])('imports %s in only one place', (name, place) => {
    const importers = files.filter((file) =>
      imports
        .get(file)!
        .some((one) => one === name || one.startsWith(name.endsWith('/') ? name : `${name}/`)),
    );
    expect(importers.length).toBeGreaterThan(0);
    for (const file of importers) expect(file).toMatch(place);
  });

  it('has a page that runs in a browser, and shares only messages and base/ with its server', () => {
    // The code of base/ that needs no Node.
    const shared = [
      'web/answers.ts',
      'web/messages.ts',
      'base/add-to.ts',
      'base/curve.ts',
      'base/json-text.ts',
      'base/short-digests.ts',
      'base/stage-name.ts',
      'base/table-query.ts',
      'base/telling-columns.ts',
      'base/units.ts',
      'base/unreachable.ts',
    ];
    const page = files.filter((file) => file.startsWith('web/page/'));
    expect(page.length).toBeGreaterThan(10);
    for (const file of page) {
      const others = localImports(file).filter((target) => !target.startsWith('web/page/'));
      expect(others.filter((target) => !shared.includes(target))).toEqual([]);
      expect(imports.get(file)!.filter((one) => one.startsWith('node:'))).toEqual([]);
    }
    const server = files.filter((file) => file.startsWith('web/server/'));
    for (const file of server) {
      expect(localImports(file).filter((target) => target.startsWith('web/page/'))).toEqual([]);
    }
    for (const file of shared.filter((one) => one.startsWith('base/'))) {
      expect(localImports(file), file).toHaveLength(imports.get(file)!.length);
      expect(localImports(file).filter((target) => !shared.includes(target))).toEqual([]);
    }
    // Messages import only types of the engine, so none of its code gets into the page.
    for (const file of ['answers', 'messages']) {
      const text = readFileSync(`src/web/${file}.ts`, 'utf8');
      expect(text.match(/^import (?!type )/gm)).toBeNull();
    }
  });

  it('uses internals of tfjs in one folder, which one file imports', () => {
    const network = files.filter((file) => file.startsWith('nn/'));
    const plain = network.filter((file) => !file.startsWith('nn/fast/'));
    const importers = plain.filter((file) =>
      localImports(file).some((target) => target.startsWith('nn/fast/')),
    );
    expect(importers).toEqual(['nn/fast-forms.ts']);
    const insides =
      /WebAssembly\.|[gG]isterKernel|worker_threads|backend\.binding = |makeTensorFromTensorInfo/;
    const within = (file: string) => insides.test(readFileSync(join('src', file), 'utf8'));
    expect(plain.filter(within)).toEqual([]);
    expect(network.filter(within).length).toBeGreaterThan(3);
    // Only for the version that a backend reports.
    const asks = (file: string) => readFileSync(join('src', file), 'utf8').includes('tf.backend()');
    expect(plain.filter(asks).sort()).toEqual(['nn/backends/probe.ts', 'nn/backends/start.ts']);
  });
});
