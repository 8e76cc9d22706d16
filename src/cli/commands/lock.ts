/** `pipeline lock`: writes the keys and outputs of the stages to pipeline.lock, or checks that file. */
import { listed } from '../../base/listed.ts';
import { stageOfInstance, withoutAxes } from '../../base/stage-name.ts';
import {
  compareLock,
  LOCK_NAME,
  type LockDifference,
  lockedStages,
  readLock,
  writeLock,
} from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { MOST_LISTED } from '../render/instance-groups.ts';
import { sentenceLines, wrap } from '../render/text.ts';
import {
  addSelectionOptions,
  type Opened,
  openAndPrepare,
  reportBadInput,
  type SelectionOptions,
} from '../selection-options.ts';

interface LockOptions extends SelectionOptions {
  readonly check?: boolean;
  readonly json?: boolean;
}

export const addLock: AddCommand = (program, host, finish) => {
  const command = program
    .command('lock')
    .description(`write keys and outputs of all stages to ${LOCK_NAME}`);
  addSelectionOptions(command, host)
    .option('--check', 'write nothing; exit with 1 if the lock file is not up to date')
    .option('--json', 'with --check, print one JSON object per difference')
    .action(async (options: LockOptions) => {
      const opened = await openAndPrepare(host, options, [], []);
      if (!opened.ok) return finish(opened.error);
      if (options.check) await opened.value.prepared.findPlaces();
      finish((options.check ? check : write)(host, options, opened.value));
    });
};

function write(host: Host, options: LockOptions, { project, prepared }: Opened): number {
  const stages = lockedStages(prepared.plan, prepared.planContext);
  if (!stages.ok) {
    const count = stages.error.length;
    const text = `${count} ${count === 1 ? 'stage is' : 'stages are'} not up to date`;
    const help = `${LOCK_NAME} was not changed; run "pipeline run" first`;
    host.stderr.write(`${wrap(`${text}: ${listed(stages.error)}\n${help}`, host.columns)}\n`);
    return exitCodes.failed;
  }
  const { config: configs, set: settings } = options;
  writeLock(project.layout, {
    facts: prepared.planContext.facts,
    configs,
    settings,
    stages: stages.value,
  });
  const count = Object.keys(stages.value).length;
  host.stdout.write(`${LOCK_NAME}: ${count} ${count === 1 ? 'stage' : 'stages'}\n`);
  return exitCodes.done;
}

function check(host: Host, options: LockOptions, { project, prepared }: Opened): number {
  const lock = readLock(project.layout);
  if (!lock.ok) return reportBadInput(host, lock.error);
  const differences = compareLock(lock.value, prepared.plan, prepared.planContext);
  const count = Object.keys(lock.value.stages).length;
  const lines = options.json
    ? differences.map((one) => JSON.stringify(one))
    : differences.length > 0
      ? linesOf(differences, host)
      : [`${LOCK_NAME} is up to date (${count} ${count === 1 ? 'stage' : 'stages'})`];
  for (const line of lines) host.stdout.write(`${line}\n`);
  return differences.length > 0 ? exitCodes.failed : exitCodes.done;
}

/** Many instances of a stage that differ in the same way are one entry, as in a plan. */
function linesOf(differences: readonly LockDifference[], host: Host): readonly string[] {
  const groups = new Map<string, Entry[]>();
  for (const { stage, kind, sentences } of differences) {
    const lines = sentences.flatMap((sentence) => sentenceLines(sentence, host));
    const way = withoutAxes([stageOfInstance(stage), kind, ...lines].join('\n'));
    groups.set(way, [...(groups.get(way) ?? []), { stage, kind, lines }]);
  }
  return [...groups.values()].flatMap((group) => {
    if (group.length <= MOST_LISTED) {
      return group.flatMap(({ stage, kind, lines }) => [`${stage}: ${kind}`, ...lines]);
    }
    const [{ stage, kind, lines }] = group as [Entry, ...Entry[]];
    return [`${stageOfInstance(stage)} (${group.length}): ${kind}`, ...lines.map(withoutAxes)];
  });
}

interface Entry extends Pick<LockDifference, 'stage' | 'kind'> {
  readonly lines: readonly string[];
}
