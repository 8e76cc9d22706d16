/** Runs one of the checks, as given on the command line, and prints its report as JSON. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { codeOf } from '../../src/base/system-error.ts';
import { installProgram } from '../installed.ts';
import { shiftClocks } from './clocks.ts';
import { runConcurrently } from './concurrent-runs.ts';
import { corrupt } from './corruptions.ts';
import { failCalls } from './failing-calls.ts';
import { flood } from './flood.ts';
import { projectsIn } from './in-memory-project.ts';
import { killRuns } from './kills.ts';
import { tryMutations } from './mutations.ts';
import { runInNamespaces } from './namespaces.ts';
import { originalsOf } from './originals.ts';
import { cutPower } from './power-cuts.ts';

interface CheckOptions {
  readonly count: number | undefined;
  readonly seed: number;
  readonly bytes: number;
  /** A temporary folder. */
  readonly root: string;
}

interface Report {
  readonly faults: readonly unknown[];
}

const USAGE = `Checks what must hold under kills, damage, power cuts, failing calls and floods.

  node bench/robust/run.mjs kills --count 200        runs killed at random times
  node bench/robust/run.mjs concurrent --count 8     this many runs at once in one folder
  node bench/robust/run.mjs mutations --count 10000  this many broken pipelines
  node bench/robust/run.mjs calls --count 300        system calls that fail, one per command (needs strace)
  node bench/robust/run.mjs clocks --count 50        clocks that differ and jump
  node bench/robust/run.mjs namespaces --count 20    runs and gc in two pid namespaces with one host name
  node bench/robust/run.mjs flood --bytes 5000000000 a command that prints this many bytes
  node bench/robust/run.mjs corruptions --count 2000 this many damaged files
  node bench/robust/run.mjs power-cuts --count 100   this many power cuts

  --seed 1        selects other kills and mutations
  --root FOLDER   for temporary files
`;

/** Returns the exit code: 1 if there are faults, 2 if the command line is wrong. */
export async function check(words: readonly string[]): Promise<number> {
  try {
    return await checkAsSaid(words);
  } catch (problem) {
    if (!codeOf(problem)?.startsWith('ERR_PARSE_ARGS')) throw problem;
    return refuse((problem as Error).message);
  }
}

function refuse(why: string): number {
  process.stderr.write(`${why}\n\n${USAGE}`);
  return 2;
}

async function checkAsSaid(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      count: { type: 'string' },
      seed: { type: 'string', default: '1' },
      bytes: { type: 'string', default: '5000000000' },
      root: { type: 'string', default: tmpdir() },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [name = ''] = positionals;
  const what = Object.hasOwn(checks, name) ? checks[name] : undefined;
  if (!what) return refuse(name === '' ? 'name a check' : `no check is named "${name}"`);
  const count = values.count === undefined ? undefined : Number(values.count);
  const root = mkdtempSync(join(resolve(values.root), 'robust-'));
  try {
    const report = await what({
      count,
      seed: Number(values.seed),
      bytes: Number(values.bytes),
      root,
    });
    console.log(JSON.stringify(report, null, 2));
    return report.faults.length > 0 ? 1 : 0;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const say = (text: string): unknown => process.stderr.write(`${text}\n`);

const checks: Readonly<Record<string, (options: CheckOptions) => Report | Promise<Report>>> = {
  kills: ({ count = 200, seed, root }) => {
    const program = installProgram(join(root, 'program'));
    return killRuns({ program, root, kills: count, seed, bytes: 4 << 20, say });
  },
  concurrent: ({ count = 8, root }) =>
    runConcurrently({ program: installProgram(join(root, 'program')), root, runs: count }),
  calls: ({ count = 300, seed, root }) =>
    failCalls({ program: installProgram(join(root, 'program')), root, cases: count, seed, say }),
  clocks: ({ count = 50, seed, root }) =>
    shiftClocks({ program: installProgram(join(root, 'program')), root, cases: count, seed, say }),
  namespaces: ({ count = 20, root }) =>
    runInNamespaces({ program: installProgram(join(root, 'program')), root, cases: count, say }),
  flood: ({ bytes, root }) =>
    flood({ program: installProgram(join(root, 'program')), root: join(root, 'project'), bytes }),
  corruptions: ({ count = 2000, seed, root }) =>
    corrupt({ program: installProgram(join(root, 'program')), root, count, seed, say }),
  'power-cuts': ({ count = 100, seed, root }) => cutPower({ root, count, seed }),
  mutations: ({ count = 10_000, seed, root }) =>
    tryMutations(originalsOf('.'), projectsIn(join(root, 'project')), count, seed),
};
