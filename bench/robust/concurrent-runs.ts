/**
 * Several runs at once in one folder: each stage must be computed once, by whichever run comes
 * first.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Event } from '../../src/runner/execution/event.ts';
import { checkObjects, incompleteFiles } from './leftovers.ts';
import { outputsOf, startRun } from './program-run.ts';

export interface ConcurrentRunsOptions {
  /** `dist/main.js`. */
  readonly program: string;
  readonly root: string;
  readonly runs: number;
}

export interface ConcurrentRunsReport {
  readonly runs: number;
  readonly stages: number;
  /** As counted by the commands, in a file outside of the outputs. */
  readonly executions: number;
  /** How often a run waited for a stage of another run, according to the journals. */
  readonly waits: number;
  readonly seconds: number;
  readonly faults: readonly string[];
}

export async function runConcurrently(
  options: ConcurrentRunsOptions,
): Promise<ConcurrentRunsReport> {
  const folder = mkdtempSync(join(options.root, 'concurrent-'));
  try {
    return await runTogetherIn(folder, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runTogetherIn(
  folder: string,
  { program, runs }: ConcurrentRunsOptions,
): Promise<ConcurrentRunsReport> {
  const counts = join(folder, 'counts.log');
  writeFileSync(counts, '');
  writeFileSync(join(folder, 'pipeline.yaml'), pipelineOf(counts));
  const began = performance.now();
  const ended = await Promise.all(
    Array.from({ length: runs }, () => startRun(program, folder, ['--jobs', '2']).ended),
  );
  const seconds = (performance.now() - began) / 1000;
  const faults: string[] = [];
  for (const [at, { code, errors }] of ended.entries()) {
    if (code !== 0) faults.push(`run ${at} ended with ${code}: ${errors}`);
  }
  const first = outputsOf(ended[0]!);
  for (const [at, run] of ended.entries()) {
    if (!isDeepStrictEqual(outputsOf(run), first)) faults.push(`run ${at} has other results`);
  }
  const journals = journalsOf(join(folder, 'artifacts'));
  const finished = journals.flatMap((event) =>
    event.type === 'stage-finished' ? [event.stage as string] : [],
  );
  const executed = readFileSync(counts, 'utf8').split('\n').filter(Boolean);
  for (const [what, names] of Object.entries({ commands: executed, journals: finished })) {
    for (const name of Object.keys(first)) {
      const times = names.filter((one) => one === name).length;
      if (times !== 1) faults.push(`${name} ran ${times} times by the ${what}`);
    }
  }
  const { corrupt } = checkObjects(join(folder, 'artifacts'));
  for (const digest of corrupt) faults.push(`the object ${digest} is corrupt`);
  for (const path of incompleteFiles(join(folder, 'artifacts'))) faults.push(`${path} was left`);
  return {
    runs,
    stages: Object.keys(first).length,
    executions: executed.length,
    waits: journals.filter((event) => event.type === 'stage-waiting').length,
    seconds,
    faults,
  };
}

/**
 * The files in `counts` are outside of the workspaces, so they are not found as undeclared outputs.
 */
function pipelineOf(counts: string): string {
  const count = (id: string): string => `echo '${id}' >> '${counts}'`;
  return `stages:
  first:
    matrix: { part: [0, 1, 2, 3, 4, 5] }
    run: [${JSON.stringify(count('first[part=${matrix.part}]'))}, "sleep 0.1; echo \${matrix.part} > out"]
    outputs: [out]
  second:
    each: first
    run: [${JSON.stringify(count('second[part=${matrix.part}]'))}, "cat in in > out"]
    inputs: { in: first.out }
    outputs: [out]
  last:
    run: [${JSON.stringify(count('last'))}, "cat in-0 in-5 > out"]
    inputs: { in-0: "second[part=0].out", in-5: "second[part=5].out" }
    outputs: [out]
`;
}

function journalsOf(artifacts: string): Event[] {
  const runs = join(artifacts, 'runs');
  return readdirSync(runs).flatMap((run) =>
    readFileSync(join(runs, run, 'journal.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Event),
  );
}
