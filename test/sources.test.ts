/** What a source may contain: how many lines, which packages, the process, and what it does with errors. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { files, filesIn, imports, roomOf } from './sources.ts';

describe('the structure', () => {
  it('has no file of more than 250 lines', () => {
    const lines = (path: string) => readFileSync(path, 'utf8').split('\n').length - 1;
    const paths = ['src', 'test'].flatMap((root) => filesIn(root).map((file) => join(root, file)));
    expect(paths.filter((path) => lines(path) > 250)).toEqual([]);
  });

  it('imports only packages that come with it', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
    const { dependencies, optionalDependencies, devDependencies } = manifest;
    // Used if a user has installed it.
    const known = { ...dependencies, ...optionalDependencies, '@tensorflow/tfjs-node': '' };
    // The packages of the page are in its bundle, so only the build needs them.
    const bundled = ['preact', '@preact/signals', '@dagrejs/dagre'];
    for (const name of bundled) expect(Object.hasOwn(devDependencies, name), name).toBe(true);
    const packages = [...imports]
      .flatMap(([file, specifiers]) =>
        specifiers.filter(
          (one) =>
            !file.startsWith('web/page/') ||
            !bundled.some((name) => one === name || one.startsWith(`${name}/`)),
        ),
      )
      .filter((one) => /^(@[\w-]+\/)?[a-z][\w.-]*(\/|$)/.test(one) && one !== 'lowrank-pipeline')
      .map((one) => one.split('/', one.startsWith('@') ? 2 : 1).join('/'));
    expect([...new Set(packages)].filter((name) => !Object.hasOwn(known, name))).toEqual([]);
  });

  it('locks packages without addresses of a registry, and no install script of ONNX Runtime', () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      readonly packages: Readonly<Record<string, object>>;
    };
    const packages = Object.entries(lock.packages);
    expect(packages.filter(([, one]) => 'resolved' in one)).toEqual([]);
    // npm 10 runs the scripts that this file lists. That one downloads CUDA; if it can't, the package is left out.
    const scripted = packages.filter(([, one]) => 'hasInstallScript' in one).map(([path]) => path);
    expect(scripted).not.toContain('node_modules/onnxruntime-node');
  });

  it('uses the process only in the entries and app/', () => {
    const edges = ['(entry)', 'app'];
    const outside = files.filter((file) => !edges.includes(roomOf(file)));
    // Locks and temporary names contain pids, so other rooms may read them.
    const named = /\bprocess\.(env|exit|on|once|stdout|stderr|stdin|cwd|send)\b/;
    const touching = outside.filter((file) => named.test(readFileSync(join('src', file), 'utf8')));
    expect(touching).toEqual([]);
  });

  it('has no catch that treats every error as expected', () => {
    // These pass the error to a function that distinguishes a failure from a bug.
    const passesOn = new Set([
      'runner/execution/local/invoke.ts',
      'runner/execution/builds.ts',
      'runner/execution/run-loop.ts',
      'runner/execution/serve.ts',
      'runner/execution/slurm/sender.ts',
      'runner/execution/slurm/watch.ts',
      'runner/modules/stage-modules.ts',
      'runner/store/inventory.ts',
    ]);
    for (const file of files) {
      const text = readFileSync(join('src', file), 'utf8');
      for (const { index, 0: begin, 1: name } of text.matchAll(/catch (?:\((\w+)\) )?\{/g)) {
        const place = `${file}:${text.slice(0, index).split('\n').length}`;
        expect(name, `${place} does not look at the error`).toBeDefined();
        let end = index + begin.length;
        for (let depth = 1; depth > 0; end++) {
          if (text[end] === '{') depth++;
          if (text[end] === '}') depth--;
        }
        const body = text.slice(index + begin.length, end);
        if (!passesOn.has(file)) expect(body, `${place} throws nothing on`).toMatch(/\bthrow\b/);
      }
    }
  });
});
