/** Plays one of the scenarios, as given on the command line, and prints its report as JSON. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { codeOf } from '../../src/base/system-error.ts';
import { whyNoCluster } from '../../test/cluster/why-not.ts';
import { checkpoints, timeLimit, timeTooShort } from './checkpoints.ts';
import { controllerFrozen, controllerKilled } from './controllers.ts';
import { detached } from './detached.ts';
import { failures, noSlurm } from './failures.ts';
import { gpus } from './gpus.ts';
import { headKilled, interrupted, twoHeads } from './heads.ts';
import { logs } from './logs.ts';
import { nodeFrozen, nodeKilled } from './nodes.ts';
import { page } from './page.ts';
import { paper } from './paper.ts';
import { quick } from './quick.ts';
import type { Scenario } from './scenario.ts';
import { empty, spread } from './spread.ts';

const scenarios: Readonly<Record<string, Scenario>> = {
  spread,
  empty,
  'controller-killed': controllerKilled,
  'controller-frozen': controllerFrozen,
  'node-killed': nodeKilled,
  'node-frozen': nodeFrozen,
  'head-killed': headKilled,
  'two-heads': twoHeads,
  interrupted,
  detached,
  checkpoints,
  'time-limit': timeLimit,
  'time-too-short': timeTooShort,
  gpus,
  failures,
  'no-slurm': noSlurm,
  logs,
  page,
  quick,
  paper,
};

const USAGE = `Runs pipelines on a real Slurm cluster of several nodes on this machine, and breaks it.

  node bench/cluster/run.mjs NAME...     one or more of:
    ${Object.keys(scenarios).join(', ')}
  node bench/cluster/run.mjs all

  --short         the form of the tests
  --count 20      how often something happens at random; in "paper", the number of stages
  --seed 1        selects other times
  --root FOLDER   for temporary files

It needs root and Linux. With CLUSTER_TESTS=install, it installs Slurm with apt.
`;

/** Returns the exit code: 1 if there are faults, 2 if the command line is wrong or there is no Slurm. */
export async function check(words: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(words);
  if (!values || values.help) {
    process.stdout.write(USAGE);
    return values ? 0 : 2;
  }
  const names = positionals[0] === 'all' ? Object.keys(scenarios) : positionals;
  const unknown = names.find((name) => !Object.hasOwn(scenarios, name));
  if (unknown !== undefined || names.length === 0) {
    process.stderr.write(`${unknown ? `no scenario is named "${unknown}"\n\n` : ''}${USAGE}`);
    return 2;
  }
  const why = whyNoCluster();
  if (why !== undefined) {
    process.stderr.write(`no cluster can be started here: ${why}\n`);
    return 2;
  }
  const { short, seed, root, count } = values;
  let faults = 0;
  for (const name of names) {
    const report = await scenarios[name]!({
      program: resolve('dist/main.js'),
      root: resolve(root),
      short,
      seed: Number(seed),
      count: count === undefined ? undefined : Number(count),
    });
    faults += report.faults.length;
    process.stdout.write(`${JSON.stringify({ scenario: name, ...report })}\n`);
  }
  return faults > 0 ? 1 : 0;
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        short: { type: 'boolean', default: false },
        count: { type: 'string' },
        seed: { type: 'string', default: '1' },
        root: { type: 'string', default: tmpdir() },
      },
    });
  } catch (problem) {
    if (!codeOf(problem)?.startsWith('ERR_PARSE_ARGS')) throw problem;
    process.stderr.write(`${(problem as Error).message}\n\n`);
    return { values: undefined, positionals: [] };
  }
}
