/**
 * `pipeline show WHAT...`: stages of the pipeline, the results behind a digest of any table, or past runs. A stage goes
 * before a run with the same name.
 */
import {
  type Found,
  findEvidence,
  findRun,
  type Layout,
  mayBeDigest,
  prepare,
  selectStages,
  summarize,
} from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import {
  addSelectionOptions,
  projectOptionsOf,
  reportBadInput,
  reportErrors,
  type SelectionOptions,
  selectionOf,
} from '../selection-options.ts';
import { showEvidence } from '../show/evidence.ts';
import { showRun } from '../show/run.ts';
import { showStage } from '../show/stage.ts';

interface ShowOptions extends SelectionOptions {
  readonly json?: boolean;
}

export const addShow: AddCommand = (program, host, finish) => {
  const command = program
    .command('show')
    .description('show stages, the result behind a digest, or past runs');
  addSelectionOptions(command, host)
    .argument(
      '<what...>',
      'NAME or NAME[axis=value,...], a digest or its beginning, or a run: id, name, or latest',
    )
    .option('--json', 'print one JSON object for each')
    .action(async (targets: string[], options: ShowOptions) => {
      finish(await show(targets, options, host));
    });
};

async function show(targets: readonly string[], options: ShowOptions, host: Host): Promise<number> {
  const opened = await host.openProject(projectOptionsOf(options));
  if (!opened.ok) return reportBadInput(host, opened.error);
  const { project, artifacts } = opened.value;
  const { layout } = project;
  const { json = false } = options;
  const evidence = new Map(targets.map((target) => [target, evidenceFor(target, layout)]));
  for (const [target, found] of evidence) {
    if (found.length > 1) return reportErrors(host, ambiguous(target, found));
  }
  const runs = new Map<string, string>();
  let others = targets.filter((target) => evidence.get(target)!.length === 0);
  const takeRuns = (which: (target: string) => boolean): void => {
    for (const target of others.filter(which)) {
      const run = findRun(layout, target);
      if (run.ok) runs.set(target, run.value);
    }
    others = others.filter((target) => !runs.has(target));
  };
  const plan = () => prepare(project, selectionOf(options, others, []));
  takeRuns((target) => RUN_ID.test(target));
  let planned = others.length > 0 ? await plan() : undefined;
  if (planned && !planned.ok) {
    const all = others.length;
    takeRuns(() => true);
    if (others.length < all) planned = others.length > 0 ? await plan() : undefined;
  }
  if (planned && !planned.ok) return reportBadInput(host, planned.error);
  const damaged = [...runs.values()].find((run) => summarize(layout, run) === undefined);
  if (damaged !== undefined) {
    return reportErrors(host, `run ${damaged} is damaged: its journal has no beginning`);
  }
  for (const target of targets) {
    const run = runs.get(target);
    for (const found of evidence.get(target)!) {
      showEvidence(found, { layout, artifacts }, json, host);
    }
    if (run !== undefined) showRun(run, layout, json, host);
    if (!planned || !others.includes(target)) continue;
    const prepared = planned.value;
    const selected = selectStages(prepared.plan.pipeline, target);
    for (const stage of selected.ok ? selected.value : []) {
      showStage(stage, { project, prepared, artifacts }, json, host);
    }
  }
  return exitCodes.done;
}

const RUN_ID = /^\d{8}-\d/;

function evidenceFor(target: string, layout: Layout): readonly Found[] {
  return mayBeDigest(target) ? findEvidence(layout, target) : [];
}

function ambiguous(target: string, found: readonly Found[]): string {
  const [one, other] = found.map(({ digest }) => digest);
  return `${found.length} digests begin with "${target}", such as ${one} and ${other}; write more characters`;
}
