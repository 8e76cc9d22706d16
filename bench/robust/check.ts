/** Runs one of the checks, as given on the command line, and prints its report as JSON. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
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

/** Returns the exit code: 1 if there are faults. */
export async function check(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      count: { type: 'string' },
      seed: { type: 'string', default: '1' },
      bytes: { type: 'string', default: '5000000000' },
      root: { type: 'string', default: tmpdir() },
    },
  });
  const what = checks[positionals[0] ?? ''];
  if (!what) throw new Error(`one of: ${Object.keys(checks).join(', ')}`);
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
