/**
 * Runs, and runs beside gc, in two pid namespaces with one host name, as in two containers. A pid
 * of one means another process, or none, in the other.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { until } from './clocks.ts';
import { incompleteFiles } from './leftovers.ts';
import { outputsOf, type ProgramRun, startCommand, startRun } from './program-run.ts';
import { makeSmallProject, type SmallProject, STAGES } from './small-project.ts';

export interface NamespacesOptions {
  /** `dist/main.js`. */
  readonly program: string;
  /** The folder for temporary folders. */
  readonly root: string;
  readonly cases: number;
  readonly say?: (text: string) => unknown;
}

export interface NamespacesReport {
  /** Why nothing was tried. */
  readonly skipped?: string;
  readonly pairsOfRuns: number;
  readonly runsBesideGc: number;
  /** Empty if everything is right. */
  readonly faults: readonly string[];
}

export async function runInNamespaces(options: NamespacesOptions): Promise<NamespacesReport> {
  const nothing = { pairsOfRuns: 0, runsBesideGc: 0, faults: [] };
  const ways = waysIn();
  if (ways.length === 0) return { skipped: 'no pid namespace can be made here', ...nothing };
  const faults: string[] = [];
  const counts = { pairsOfRuns: 0, runsBesideGc: 0 };
  for (let done = 0; done < options.cases; done++) {
    const place = realpathSync(mkdtempSync(join(options.root, 'namespaces-')));
    const project = makeSmallProject(join(place, 'project'), true);
    const way = ways[(done >> 1) % ways.length]!;
    const fault = (what: string): void =>
      void faults.push(`case ${done}, ${way.join(' ')}: ${what}`);
    try {
      if (done % 2 === 0) {
        await twoRuns(project, way, options, fault);
        counts.pairsOfRuns++;
      } else {
        await gcBeside(project, way, options, fault);
        counts.runsBesideGc++;
      }
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
    if ((done + 1) % 10 === 0) options.say?.(`${done + 1} cases, ${faults.length} faults`);
  }
  return { ...counts, faults };
}

/**
 * With `/proc` of the namespace, and with the one from outside, in which pids mean something else.
 */
function waysIn(): (readonly string[])[] {
  const unshare = ['unshare', '--pid', '--fork', '--kill-child'];
  return [
    [...unshare, '--mount-proc'],
    unshare,
    [...unshare, '--user', '--map-root-user', '--mount-proc'],
  ].filter(([command, ...words]) => spawnSync(command!, [...words, 'true']).status === 0);
}

const SECONDS = 120;

async function twoRuns(
  project: SmallProject,
  prefix: readonly string[],
  { program }: NamespacesOptions,
  fault: (what: string) => void,
): Promise<void> {
  const around = { prefix, seconds: SECONDS };
  const first = startRun(program, project.folder, ['--jobs', '2'], around);
  await until(() => project.executions().length >= 2);
  const second = startRun(program, project.folder, ['--jobs', '2'], around);
  await until(() => filesBelow(project, 'store/live/') >= 2);
  // It sweeps before it writes its marker. After that, it looks for the locks of the first run.
  await wait(300);
  if (filesBelow(project, 'work/') < 2) fault('a workspace of a live run is gone');
  project.release();
  const ended = await Promise.all([first.ended, second.ended]);
  for (const run of ended) if (run.code !== 0) fault(describe(run));
  if (!isDeepStrictEqual(outputsOf(ended[0]), outputsOf(ended[1]))) {
    fault('the two have different results');
  }
  expectOnce(project, fault);
}

async function gcBeside(
  project: SmallProject,
  prefix: readonly string[],
  { program }: NamespacesOptions,
  fault: (what: string) => void,
): Promise<void> {
  const around = { prefix, seconds: SECONDS };
  const run = startRun(program, project.folder, ['--jobs', '2'], around);
  await until(() => project.executions().length >= 2);
  const gc = await startCommand(program, project.folder, ['gc', '--keep-days', '0'], around).ended;
  if (gc.code !== 2 || !gc.errors.includes('is in use by')) {
    fault(`gc did not refuse: it ended with ${gc.code}: ${gc.output}${gc.errors}`);
  }
  if (filesBelow(project, 'work/') < 2) fault('a workspace of a live run is gone');
  project.release();
  const ended = await run.ended;
  if (ended.code !== 0) fault(describe(ended));
  expectOnce(project, fault);
}

function filesBelow({ artifacts }: SmallProject, beginning: string): number {
  return incompleteFiles(artifacts).filter((path) => path.startsWith(beginning)).length;
}

function expectOnce(project: SmallProject, fault: (what: string) => void): void {
  const executions = [...project.executions()].sort();
  if (!isDeepStrictEqual(executions, STAGES)) fault(`these ran: ${executions.join(', ')}`);
}

function describe({ code, errors, events }: ProgramRun): string {
  const failed = events.filter(({ type }) => type === 'stage-failed');
  return `a run ended with ${code}: ${errors}${JSON.stringify(failed)}`;
}
