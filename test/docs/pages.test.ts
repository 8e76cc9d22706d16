/** That the pages under `docs/` stay true where that is cheap to see: pipelines, commands, links. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { zipSync } from 'fflate';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idxHeader } from '../../src/datasets/idx.ts';
import type { StageType } from '../../src/runner/graph/stage-type.ts';
import { type LoadedPipeline, loadPipeline, type Project } from '../../src/runner/index.ts';
import { digestOf } from '../../src/runner/key/digest.ts';
import { loadStageModule } from '../../src/runner/modules/stage-modules.ts';
import { stageTypes } from '../../src/stages/index.ts';
import { Terminal } from '../cli/terminal.ts';
import { npy, twoClasses, writeFiles } from '../datasets/picture.ts';
import { buildWorker, CommandRig } from '../stages/command-rig.ts';
import { type Block, blocksOf, isPipeline, pages } from './examples.ts';

const folder = mkdtempSync(join(tmpdir(), 'pages-'));
let worker: string;
beforeAll(async () => {
  worker = await buildWorker(folder, ['command', 'images']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LIBRARY = `export { defineStage, StageError } from '${join(process.cwd(), 'src/runner/graph/stage-type.ts')}';
export * as v from 'valibot';`;

/** A page's project: its named blocks as files, and its pipeline with what types it has of its own. */
class PageRig extends CommandRig {
  private own: Pick<LoadedPipeline, 'types' | 'codes'> | undefined;

  static async open({ page, text }: Block): Promise<PageRig> {
    const rig = new PageRig(worker);
    for (const { file, text: content } of blocksOf(page)) if (file) rig.write(file, content);
    // What the pages tell of and do not show.
    rig.write('data/points.csv', 'x,y\n1,2\n2,4\n3,6\n');
    rig.write('poem.txt', 'The cat and the hat and the bat\n');
    for (const file of ['fit.py', 'train.py', 'export.py']) rig.write(file, '');
    if (page === 'data.md' || page === 'models.md') await writeImages(rig.root);
    const library = join(rig.root, 'library.mjs');
    await esbuild.build({
      stdin: { contents: LIBRARY, resolveDir: process.cwd() },
      outfile: library,
      bundle: true,
      platform: 'node',
      format: 'esm',
    });
    const { root, layout } = rig;
    const tools = { root, layout, library: pathToFileURL(library).href };
    const bundler = async () => esbuild;
    const project = {
      ...rig.project(text),
      loadType: (path: string) => loadStageModule(path, { ...tools, bundler }),
    };
    const owned = await loadPipeline(project, { configs: [], settings: [] });
    if (!owned.ok) throw new Error(JSON.stringify(owned.error.diagnostics));
    rig.own = owned.value;
    return rig;
  }

  override project(text: string): Project {
    const { types, codes } = this.own ?? { types: this.types, codes: {} };
    const all = new Map<string, StageType>([...stageTypes, ...types]);
    // Of no build: any digest will do, since nothing here changes the code.
    const code = { digest: digestOf('a build'), packages: {}, files: {} };
    const builtIn = Object.fromEntries([...stageTypes.keys()].map((name) => [name, code]));
    const environment = { HOME: '/home/me' };
    return {
      ...super.project(text),
      stageTypes: async () => all,
      codes: { ...builtIn, ...codes },
      environment,
    };
  }
}

/** The same few pictures in each of the forms that `images` takes. */
async function writeImages(root: string): Promise<void> {
  const folder = writeFiles(join(root, 'pets'), twoClasses(3));
  await create({ file: join(root, 'pets.tar.gz'), cwd: folder, gzip: true }, ['.']);
  const pixels = Uint8Array.from({ length: 10 * 9 }, (_, i) => (i * 7) % 251);
  const labels = Uint8Array.from({ length: 10 }, (_, i) => i % 2);
  const arrays = {
    'x_train.npy': npy('|u1', [10, 3, 3], pixels),
    'y_train.npy': npy('|u1', [10], labels),
    'x_test.npy': npy('|u1', [10, 3, 3], pixels),
    'y_test.npy': npy('|u1', [10, 1], labels),
  };
  writeFiles(root, {
    'shapes.npz': zipSync(arrays),
    'letters/train-images-idx3-ubyte': Buffer.concat([idxHeader([10, 3, 3]), pixels]),
    'letters/train-labels-idx1-ubyte': Buffer.concat([idxHeader([10]), labels]),
  });
}

const blocks = pages.flatMap(blocksOf);
const pipelines = blocks.filter(isPipeline);

describe('a pipeline of the documentation', () => {
  it.each(pipelines)('is one: $place', async (block) => {
    const rig = await PageRig.open(block);
    try {
      expect(await rig.diagnostics(block.text)).toEqual([]);
    } finally {
      rig.remove();
    }
  });

  // Without Python, and without what fetches or trains.
  const shellOnly = pipelines.filter(({ text }) => !/python3|uses: (download|train)$/m.test(text));

  it.each(shellOnly)('runs: $place', async (block) => {
    const rig = await PageRig.open(block);
    try {
      const { failures, finished } = await rig.run(block.text);
      expect(failures).toEqual({});
      expect(finished.executed).toBeGreaterThan(1);
    } finally {
      rig.remove();
    }
  });
});

describe('a command of the documentation', () => {
  const terminal = new Terminal();
  afterAll(() => terminal.remove());
  const lines = blocks.flatMap(({ place, text }) =>
    [...text.matchAll(/^\s*(?:\$ )?npx (pipeline .*?)(?: #.*)?$/gm)].map((match) => ({
      place,
      line: match[1]!,
    })),
  );

  it.each(lines)('is there, with its options: $line ($place)', async ({ line }) => {
    const words = line.split(' ');
    const { code, out } = await terminal.pipeline(words[1]!, '--help');
    expect(code).toBe(0);
    expect(out).toContain(`pipeline ${words[1]}`);
    for (const option of words.filter((word) => /^--?[a-z]/.test(word))) {
      expect(out).toMatch(new RegExp(`(^|[ ,])${option}\\b`, 'm'));
    }
  });
});

describe('a page', () => {
  it.each([...pages.map((page) => `docs/${page}`), 'README.md'])('%s leads somewhere', (page) => {
    const text = readFileSync(page, 'utf8').replace(/```[\s\S]*?```/g, '');
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)/g)) {
      if (target === '') continue;
      expect(existsSync(join(page, '..', target!)), `${page} -> ${target}`).toBe(true);
    }
  });

  it('of the library tells of every event', () => {
    const source = readFileSync('src/runner/execution/event.ts', 'utf8');
    const page = readFileSync('docs/library.md', 'utf8');
    const types = [...source.matchAll(/readonly type: '([\w-]+)'/g)].map((match) => match[1]!);
    expect(types.length).toBeGreaterThan(10);
    for (const type of types) expect(page).toContain(`\`${type}\``);
  });
});
