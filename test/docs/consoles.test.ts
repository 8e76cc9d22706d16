/**
 * The console blocks of the pages show the actual output. The test follows each page from the top like a reader: it
 * writes the files, runs the commands, and compares the output.
 *
 * After a change of a message, `UPDATE=1 npx vitest run test/docs/consoles.test.ts` updates the pages.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Block, blocksOf, isPipeline, pages } from './examples.ts';
import { Reader } from './reader.ts';
import { corrected, matches, stepsOf } from './session.ts';
import { type Substitute, substitutes } from './substitutes.ts';

/** Blocks that no test runs: the page, the first command, and the reason that the page gives in its marker. */
const NOT_RUN: readonly string[] = [
  'README.md: npm ci: downloads the packages and MNIST, and trains for minutes',
  'docs/backends.md: npx pipeline doctor: measures every backend for seconds, and prints what is installed on the machine',
  'docs/backends.md: npx pipeline backend install onnx: downloads 113 MB',
  'docs/backends.md: node node_modules/onnxruntime-node/script/install --onnxruntime-node-install=cuda12: downloads CUDA',
  'docs/backends.md: npx pipeline backend install tensorflow: downloads 260 MB',
  'docs/cluster.md: npx pipeline run --profile site: needs a Slurm cluster',
  'docs/data.md: npx pipeline run --set images=photos: needs your images, and takes minutes',
  'docs/findings.md: npx pipeline run -c configs/compare.yaml: takes half an hour and needs a data set',
  'docs/findings.md: cd examples/onnx && npx pipeline run -f cur-or-svd.yaml: takes more than a minute',
  'docs/library.md: npm install /path/to/lowrank-pipeline: installs packages from a registry',
  'docs/published.md: git worktree add ../published e9d5ab0f: takes more than an hour',
  `docs/remote.md: aws s3api put-bucket-lifecycle-configuration --bucket lab --lifecycle-configuration '{ "Rules": [ {: needs a bucket`,
  'docs/remote.md: npx pipeline cache new-key ~/lab.key: makes a random key',
  'docs/report.md: npx pipeline run report: needs the results of the quick configuration, which take minutes',
  "docs/report.md: npx pipeline run report --set 'report.figures.only=[accuracy]' --set report.figures.font=serif: needs the results of the quick configuration, which take minutes",
];

/** Blocks with a substitute for the program. */
const REPLAYED: readonly string[] = [
  'README.md: npx pipeline run: experiment',
  'README.md: npx pipeline explain --set training.epochs=3 train: experiment',
  'docs/team.md: npx pipeline run: another run',
];

const hasPython = spawnSync('python3', ['--version']).status === 0;
const isConsole = ({ language, text }: Block): boolean =>
  language === 'console' || language === 'sh' || /^\$ /m.test(text);
const commandOf = ({ text }: Block): string =>
  (stepsOf(text)[0]?.command ?? text.split('\n')[0]!).replace(/ +#.*/, '');

describe.skipIf(!hasPython)('a page', () => {
  it.each(pages.filter((page) => blocksOf(page).some(isConsole)))(
    '%s shows what its commands print',
    async (page) => {
      const wrong = await readThrough(page);
      if (process.env.UPDATE) update(page, wrong);
      else expect([...wrong].map(([block, text]) => messageOf(block, text)).join('\n\n')).toBe('');
    },
    600_000,
  );
});

it('few blocks are not run, or run by a substitute', () => {
  const blocks = pages.flatMap(blocksOf).filter(isConsole);
  const marked = (name: string): string[] =>
    blocks
      .filter(({ marks }) => marks.has(name))
      .map((block) => `${block.page}: ${commandOf(block)}: ${block.marks.get(name)}`);
  expect(marked('not run')).toEqual(NOT_RUN);
  expect(marked('replay')).toEqual(REPLAYED);
});

it('a change of one word is found', () => {
  const printed = ['done    clean  0.16 s', '2 executed, 3 cached in 0.18 s'];
  expect(matches(['done  clean  1 min 3 s', '2 executed, 3 cached in 2 s'], printed)).toBe(true);
  expect(matches(['...', '2 executed, 3 cached in 2 s'], printed)).toBe(true);
  expect(matches(['done  clear  0.16 s', '2 executed, 3 cached in 2 s'], printed)).toBe(false);
  expect(matches(['...', '2 executed, 4 cached in 2 s'], printed)).toBe(false);
  expect(matches(['done  clean  0.16 s'], printed)).toBe(false);
  expect(corrected(['...', '2 run, 3 cached in 2 s'], printed)).toEqual(['...', printed[1]]);
});

/** The blocks that differ from the output, and their correct text. */
async function readThrough(page: string): Promise<ReadonlyMap<Block, string>> {
  const wrong = new Map<Block, string>();
  const reader = new Reader();
  const started = new Map<string, Substitute>();
  onTestFinished(() => {
    reader.remove();
    for (const standIn of started.values()) standIn.remove();
  });
  for (const block of blocksOf(page)) {
    const shipped = block.marks.get('file');
    if (shipped !== undefined) {
      const text = readFileSync(shipped, 'utf8');
      if (text !== block.text) wrong.set(block, text);
      continue;
    }
    if (isPipeline(block)) reader.enterEmptyFolder();
    if (isPipeline(block) || block.file) reader.write(block.file ?? 'pipeline.yaml', block.text);
    if (!isConsole(block) || block.marks.has('not run')) continue;
    const before = block.marks.get('before');
    if (before !== undefined) await reader.run(before);
    const replay = block.marks.get('replay');
    if (replay !== undefined && !started.has(replay)) started.set(replay, substitutes[replay]!());
    const text = await replayed(block, (replay && started.get(replay)) || reader);
    if (text !== block.text) wrong.set(block, text);
  }
  return wrong;
}

/** The correct text of the block. */
async function replayed(block: Block, reader: Reader | Substitute): Promise<string> {
  const steps = stepsOf(block.text);
  if (steps.length === 0) {
    const { code, lines } = await reader.run(block.text);
    return code === 0 ? block.text : `${block.text}# failed with ${code}: ${lines.join('\n')}\n`;
  }
  let text = '';
  let allRight = true;
  for (const { command, shown } of steps) {
    const { lines } = await reader.run(command, shown);
    const isRight = matches(shown, lines);
    allRight &&= isRight;
    text += [`$ ${command}`, ...(isRight ? shown : corrected(shown, lines))].join('\n');
    text += '\n';
  }
  return allRight ? block.text : text;
}

function messageOf({ place, text }: Block, right: string): string {
  return `${place} shows\n${text}\nbut should show (UPDATE=1 writes it)\n${right}`;
}

function update(page: string, wrong: ReadonlyMap<Block, string>): void {
  let whole = readFileSync(page, 'utf8');
  for (const [{ start, end, indent }, text] of [...wrong].reverse()) {
    const indented = text.replaceAll(/^(?=.)/gm, indent);
    whole = whole.slice(0, start) + indented + whole.slice(end);
  }
  writeFileSync(page, whole);
}
