/** `pipeline lock`: writes what the stages yielded to pipeline.lock, or compares it with now. */
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
import { listed, sentenceLines, wrap } from '../render/text.ts';
import {
  addSelectionOptions,
  type Opened,
  openAndPrepare,
  type SelectionOptions,
  tell,
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
    .option('--check', 'write nothing; exit code 1 where it is not as things are now')
    .option('--json', 'with --check, one difference a line on standard output')
    .action(async (options: LockOptions) => {
      const opened = await openAndPrepare(host, options, [], []);
      if (!opened.ok) return finish(opened.error);
      if (options.check) await opened.value.prepared.findPlaces();
      finish((options.check ? check : write)(host, options, opened.value));
    });
};

function write(host: Host, options: LockOptions, { project, prepared }: Opened): number {
  const stages = lockedStages(prepared.plan, prepared.knowledge);
  if (!stages.ok) {
    const count = stages.error.length;
    const text = `${count} ${count === 1 ? 'stage is' : 'stages are'} not up to date`;
    const help = `${LOCK_NAME} is as it was; run pipeline run first`;
    host.stderr.write(`${wrap(`${text}: ${listed(stages.error)}\n${help}`, host.columns)}\n`);
    return exitCodes.failed;
  }
  const { config: configs, set: settings } = options;
  writeLock(project.layout, { facts: project.facts, configs, settings, stages: stages.value });
  const count = Object.keys(stages.value).length;
  host.stdout.write(`${LOCK_NAME}: ${count} ${count === 1 ? 'stage' : 'stages'}\n`);
  return exitCodes.done;
}

function check(host: Host, options: LockOptions, { project, prepared }: Opened): number {
  const lock = readLock(project.layout);
  if (!lock.ok) return tell(host, lock.error);
  const differences = compareLock(lock.value, prepared.plan, prepared.knowledge);
  const count = Object.keys(lock.value.stages).length;
  const lines = options.json
    ? differences.map((one) => JSON.stringify(one))
    : differences.length > 0
      ? differences.flatMap((one) => linesOf(one, host))
      : [`${LOCK_NAME} is as things are now (${count} ${count === 1 ? 'stage' : 'stages'})`];
  for (const line of lines) host.stdout.write(`${line}\n`);
  return differences.length > 0 ? exitCodes.failed : exitCodes.done;
}

function linesOf({ stage, kind, sentences }: LockDifference, host: Host): readonly string[] {
  return [`${stage}: ${kind}`, ...sentences.flatMap((sentence) => sentenceLines(sentence, host))];
}
