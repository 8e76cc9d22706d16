/**
 * What the pages show of the program is what it prints: sessions are run again and compared, numbers and
 * `...` standing for anything of their kind.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { blocksOf } from './examples.ts';

beforeAll(() => {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
});
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'consoles-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** `npx pipeline` is the program that was built. */
function shell(command: string): string {
  const npx = `npx() { shift; ${JSON.stringify(process.execPath)} ${JSON.stringify(resolve('dist/main.js'))} "$@"; }`;
  const { stdout } = spawnSync('bash', ['-c', `${npx}\n(${command}) 2>&1`], { cwd: folder });
  return String(stdout);
}

interface Step {
  readonly command: string;
  readonly shown: string;
}

/** The commands of the console block of a page that holds `text`. */
function session(page: string, text: string): readonly Step[] {
  const found = blocksOf(page).filter(
    (one) => one.language === 'console' && one.text.includes(text),
  );
  expect(found.map(({ place }) => place)).toHaveLength(1);
  return found[0]!.text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command, ...shown] = part.split('\n');
      return { command: command!, shown: shown.join('\n') };
    });
}

/** Spaces and ends of lines count alike: a terminal breaks lines where a pipe does not. */
function patternOf(shown: string): RegExp {
  const text = shown.trim().replace(/\s+/g, ' ');
  const source = text
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\\\.\\\.\\\.|…/g, '.*')
    .replace(/\d{8}-\d{6}-\w{4}|\d{4}-\d\d-\d\dT[\d:]+\\\.\d+Z/g, '\\S+')
    .replace(/\b[kMG]?B\b/g, '[kMG]?B')
    .replace(/\b(?=[a-f]*\d)[0-9a-f]{12,}\b/g, '[0-9a-f]+')
    .replace(/(?<![\\\w[+])\d+(?:\\\.\d+)?(?![\w\]]*\+)/g, '\\d+(?:\\.\\d+)?');
  return new RegExp(`^${source}$`);
}

function replay(steps: readonly Step[]): void {
  for (const { command, shown } of steps) {
    const said = shell(command).trim().replace(/\s+/g, ' ');
    expect(said, command).toMatch(patternOf(shown));
  }
}

/** The first pipeline of docs/pipeline.md, whose program is not shown. */
function writeSlopes(): string {
  const text = blocksOf('pipeline.md')[0]!.text.replace('python3 fit.py', 'sh fit.py');
  write('pipeline.yaml', text);
  write('data/points.csv', 'x,y\n1,2\n2,4\n4,8\n');
  write('fit.py', 'echo "{\\"slope\\": 2, \\"error\\": 0}" > scores.json\n');
  return text;
}

it('pipeline.md, the first run', () => {
  writeSlopes();
  replay(session('pipeline.md', '5 of 5 stages to run').slice(0, 1));
});

it('pipeline.md, what is wrong', () => {
  const text = writeSlopes();
  const wrong = text
    .replace('clean.csv: clean }', 'clean.csv: claen }')
    .replace('${ridges}', '${rigdes}');
  write('pipeline.yaml', wrong);
  replay(session('pipeline.md', 'did you mean "clean"'));
});

it('pipeline.md, instances', () => {
  const matrix = blocksOf('pipeline.md').find(({ text }) => text.includes('exclude: [{ set: b'))!;
  write('pipeline.yaml', matrix.text);
  shell('npx pipeline run');
  replay(session('pipeline.md', 'graph --instances'));
});

it('pipeline.md, an axis that nothing uses', () => {
  write(
    'pipeline.yaml',
    'stages:\n  draw:\n    matrix: { seed: [0, 1, 2] }\n    run: date > o\n    outputs: [o]\n',
  );
  replay(session('pipeline.md', 'is not used: its'));
});

it('commands.md, what lies in the folder', () => {
  const [pipeline] = blocksOf('commands.md');
  write('pipeline.yaml', pipeline!.text.replace('python3 train.py', 'sh train.py'));
  write('params.yaml', blocksOf('commands.md').find(({ file }) => file === 'params.yaml')!.text);
  write('train.py', "echo '{}' > scores.json\n");
  replay(session('commands.md', 'cat artifacts/latest/look/seen.txt/seen.txt'));
});

it('caching.md, early cutoff', () => {
  writeSlopes();
  shell('npx pipeline run');
  replay(session('caching.md', "echo '4,8' >> data/points.csv"));
});

it('caching.md, why a stage ran', () => {
  writeSlopes();
  shell('npx pipeline run');
  const [{ command, shown }] = session('caching.md', "npx pipeline explain 'fit[ridge=10]'") as [
    Step,
  ];
  replay([{ command, shown: shown.replace('python3 fit.py', 'sh fit.py') }]);
});

it('caching.md, the store', () => {
  writeSlopes();
  shell('npx pipeline run');
  replay(session('caching.md', 'npx pipeline verify\n'));
  const [rerun] = session('caching.md', 'verify --rerun') as [Step];
  // With several jobs the order of the lines is that in which they end.
  replay([{ ...rerun, command: `${rerun.command} --jobs 1` }]);
});

it('README.md and the pages know no other words for why a stage runs', () => {
  const texts = [
    'README.md',
    'docs/pipeline.md',
    'docs/caching.md',
    'docs/commands.md',
    'docs/team.md',
  ];
  for (const path of texts) {
    const text = readFileSync(path, 'utf8');
    expect(text).not.toMatch(/it never ran|another run is making it|1 new, 1 gone from \.\//);
  }
});
