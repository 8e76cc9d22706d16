/** The pipelines, commands and links of README.md and `docs/`. Their output is tested in `consoles.test.ts`. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { zipSync } from 'fflate';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idxHeader } from '../../src/datasets/idx.ts';
import type { Project } from '../../src/runner/index.ts';
import { digestOf } from '../../src/runner/key/digest.ts';
import { stageTypes } from '../../src/stages/index.ts';
import { Terminal } from '../cli/terminal.ts';
import { npy, twoClasses, writeFiles } from '../datasets/picture.ts';
import { buildWorker, CommandRig } from '../stages/command-rig.ts';
import { type Block, blocksOf, isPipeline, pages } from './examples.ts';

const folder = mkdtempSync(join(tmpdir(), 'pages-'));
let worker: string;
beforeAll(async () => {
  worker = await buildWorker(folder, ['command', 'images', 'arrays']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The shipped files of a block, or the images that docs/data.md describes, and the built-in stage types. */
class PageRig extends CommandRig {
  static async open({ page, marks }: Block): Promise<PageRig> {
    const rig = new PageRig(worker);
    const shipped = marks.get('file');
    if (shipped) cpSync(dirname(shipped), rig.root, { recursive: true });
    else if (page === 'docs/data.md') await writeImages(rig.root);
    return rig;
  }

  override project(text: string): Project {
    // Any digest will do, because the code does not change here.
    const code = { digest: digestOf('a build'), packages: {}, files: {} };
    const codes = Object.fromEntries([...stageTypes.keys()].map((name) => [name, code]));
    return { ...super.project(text), stageTypes: async () => stageTypes, codes };
  }
}

/** The same few pictures in each format that `images` reads. */
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
    'sentences.npz': zipSync({ 'input_ids.npy': npy('<i8', [2, 3], new Uint8Array(48)) }),
    'letters/train-images-idx3-ubyte': Buffer.concat([idxHeader([10, 3, 3]), pixels]),
    'letters/train-labels-idx1-ubyte': Buffer.concat([idxHeader([10]), labels]),
  });
}

const blocks = pages.flatMap(blocksOf);
/** A pipeline that a console block follows is run by `consoles.test.ts`. */
const pipelines = blocks.filter((block, i) => {
  const next = blocks.slice(i + 1).find((one) => isPipeline(one) || one.language === 'console');
  return isPipeline(block) && (next?.page !== block.page || next.language !== 'console');
});

describe('a pipeline of the documentation', () => {
  it.each(pipelines)('is valid: $place', async (block) => {
    const rig = await PageRig.open(block);
    try {
      expect(await rig.diagnostics(block.text)).toEqual([]);
    } finally {
      rig.remove();
    }
  });

  // Without Python, downloads and training.
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

  it.each(lines)('exists with its options: $line ($place)', async ({ line }) => {
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
  it.each(pages)('%s has no broken link', (page) => {
    const text = withoutBlocks(page);
    for (const [, path, anchor] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
      const target = path === '' ? page : join(page, '..', path!);
      expect(existsSync(target), `${page} -> ${target}`).toBe(true);
      if (anchor) expect(anchorsOf(target), `${page} -> ${target}`).toContain(anchor);
    }
  });

  it('about the library lists all events', () => {
    const source = readFileSync('src/runner/execution/event.ts', 'utf8');
    const page = readFileSync('docs/library.md', 'utf8');
    const types = [...source.matchAll(/readonly type: '([\w-]+)'/g)].map((match) => match[1]!);
    expect(types.length).toBeGreaterThan(10);
    for (const type of types) expect(page).toContain(`\`${type}\``);
  });
});

function withoutBlocks(page: string): string {
  return readFileSync(page, 'utf8').replace(/```[\s\S]*?```/g, '');
}

/** The anchors that GitHub makes from headings. */
function anchorsOf(page: string): string[] {
  return [...withoutBlocks(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
