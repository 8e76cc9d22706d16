/** `pipeline diff RUN [RUN]`: compares two runs, or a run with the current state, stage by stage. */
import { fail, ok, type Result } from '../../base/result.ts';
import {
  compareRuns,
  findRun,
  readRun,
  type Snapshots,
  snapshotInPlan,
  snapshotsOfRun,
} from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { differenceLines } from '../render/differences.ts';
import {
  addSelectionOptions,
  type Opened,
  openAndPrepare,
  reportErrors,
  type SelectionOptions,
} from '../selection-options.ts';

export const addDiff: AddCommand = (program, host, finish) => {
  const command = program
    .command('diff')
    .description('compare two runs, or a run with the current state');
  addSelectionOptions(command, host)
    .argument('<run>', 'id, name, latest, or latest~1 (the run before)')
    .argument('[run]', 'the second run (default: the current state)')
    .option('--json', 'print one JSON object per stage')
    .action(
      async (
        first: string,
        second: string | undefined,
        options: SelectionOptions & { json?: boolean },
      ) => {
        const opened = await openAndPrepare(host, options, [], []);
        if (!opened.ok) return finish(opened.error);
        const before = sideOf(host, first, opened.value);
        if (!before.ok) return finish(before.error);
        const after = second === undefined ? now(opened.value) : sideOf(host, second, opened.value);
        if (!after.ok) return finish(after.error);
        const { plan, planContext, findPlaces } = opened.value.prepared;
        await findPlaces();
        const [old, current] = [before.value, after.value];
        const differences = compareRuns(
          old.snapshots,
          current.snapshots,
          plan,
          planContext,
          second === undefined,
        );
        const lines = options.json
          ? differences.filter((one) => one.kind !== 'same').map((one) => JSON.stringify(one))
          : differenceLines(differences, old.name, current.name, host);
        for (const line of lines) host.stdout.write(`${line}\n`);
        finish(exitCodes.done);
      },
    );
};

interface Side {
  readonly name: string;
  readonly snapshots: Snapshots;
}

function sideOf(host: Host, text: string, { project, prepared }: Opened): Result<Side, number> {
  const run = findRun(project.layout, text);
  if (!run.ok) return fail(reportErrors(host, run.error));
  const events = readRun(project.layout, run.value);
  const name = run.value === text ? text : `${run.value} (${text})`;
  return ok({ name, snapshots: snapshotsOfRun(events, prepared.planContext) });
}

function now({ prepared }: Opened): Result<Side, number> {
  const { plan, planContext } = prepared;
  const snapshots = new Map(
    plan.pipeline.stages.map((stage) => [stage.id, snapshotInPlan(stage, plan, planContext)]),
  );
  return ok({ name: 'now', snapshots });
}
