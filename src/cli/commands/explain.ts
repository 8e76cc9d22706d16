/** `pipeline explain STAGE`: its state, the parts of its key, and why it will run or last ran. */
import { stageOfInstance } from '../../base/stage-name.ts';
import { duration } from '../../base/units.ts';
import {
  type Event,
  type Explanation,
  explain,
  type Plan,
  readRun,
  type StageId,
  selectStages,
} from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { comparisonLines } from '../render/comparison.ts';
import { MOST_LISTED } from '../render/instance-groups.ts';
import { parameterLines } from '../render/parameter-lines.ts';
import { STATE_COLOURS } from '../render/state-colours.ts';
import { paint, sentenceLines, visible, wrap } from '../render/text.ts';
import {
  addSelectionOptions,
  collect,
  type Opened,
  openAndPrepare,
  type SelectionOptions,
} from '../selection-options.ts';
import { openOtherSide } from './explain-against.ts';

interface ExplainOptions extends SelectionOptions {
  readonly json?: boolean;
  readonly against?: string;
  readonly againstConfig: string[];
  readonly againstSet: string[];
}

export const addExplain: AddCommand = (program, host, finish) => {
  const command = program
    .command('explain')
    .description('explain why a stage will run, or why it last ran');
  addSelectionOptions(command, host)
    .argument('<stage...>', 'NAME or NAME[axis=value,...]')
    .option('--against <run>', 'compare with a run: id, name, or latest')
    .option('--against-config <file>', 'compare with another configuration; repeatable', collect)
    .option(
      '--against-set <path=value>',
      'compare with another value of a variable; repeatable',
      collect,
    )
    .setOptionValue('againstConfig', [])
    .setOptionValue('againstSet', [])
    .option('--json', 'print one JSON object per stage')
    .action(async (targets: string[], options: ExplainOptions) => {
      const opened = await openAndPrepare(host, options, targets, []);
      finish(opened.ok ? await explainCommand(host, targets, options, opened.value) : opened.error);
    });
};

async function explainCommand(
  host: Host,
  targets: readonly string[],
  options: ExplainOptions,
  opened: Opened,
): Promise<number> {
  const { project, prepared } = opened;
  const { plan } = prepared;
  const stages = targets.flatMap((target) => {
    const selected = selectStages(plan.pipeline, target);
    return selected.ok ? selected.value : [];
  });
  const write = (text: string): void => void host.stdout.write(text);
  const { against, againstConfig, againstSet } = options;
  if (against !== undefined || againstConfig.length + againstSet.length > 0) {
    const side = await openOtherSide(host, options, opened);
    if (!side.ok) return side.error;
    for (const stage of stages) {
      const compared = side.value(stage);
      write(
        options.json
          ? `${JSON.stringify(compared)}\n`
          : `${comparisonLines(compared, host).join('\n')}\n`,
      );
    }
    return exitCodes.done;
  }
  const journals = new Map<string, readonly Event[]>();
  const readEvents = (run: string): readonly Event[] => {
    const events = journals.get(run) ?? readRun(project.layout, run);
    journals.set(run, events);
    return events;
  };
  for (const stage of stages) {
    const explanation = explain(stage, prepared, readEvents);
    if (options.json) {
      const { sentences, ...rest } = explanation;
      const files = sentences.flatMap((sentence) => sentence.files ?? []);
      const reasons = sentences.map((sentence) => sentence.text);
      write(`${JSON.stringify({ ...rest, reasons, ...(files.length > 0 && { files }) })}\n`);
    } else write(format(shortened(explanation, plan), host));
  }
  return exitCodes.done;
}

/** A stage can depend on all instances of a sweep. */
function shortened(explanation: Explanation, { decisions }: Plan): Explanation {
  const decision = decisions.get(explanation.stage as StageId);
  if (decision?.kind !== 'pending' || decision.on.length <= MOST_LISTED) return explanation;
  const counts = new Map<string, number>();
  for (const id of decision.on) {
    const name = stageOfInstance(id);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const on = [...counts].map(([name, count]) => (count > 1 ? `${name} (${count})` : name));
  return {
    ...explanation,
    sentences: [{ text: `it depends on ${on.join(', ')}, which have no outputs yet` }],
  };
}

function format(explanation: Explanation, host: Host): string {
  const { stage, state, sentences, key, fingerprint, made, accepted } = explanation;
  const lines: string[] = [];
  const say = (text: string): void => void lines.push(visible(text));
  const colored = paint(host, STATE_COLOURS[state], state);
  lines.push(`${paint(host, 'bold', stage)}: ${colored}${accepted ? ', accepted' : ''}`);
  if (accepted) {
    say(`  accepted at ${accepted.time} as a result of the current code, despite`);
    lines.push(...accepted.changes.flatMap((text) => sentenceLines({ text }, host)));
  }
  if (made) {
    if (made.cache !== undefined) say(`  fetched from the cache ${made.cache}`);
    say(`  made by run ${made.run} at ${made.finished} in ${duration(made.seconds)}, because`);
  }
  lines.push(...sentences.flatMap((sentence) => sentenceLines(sentence, host)));
  if (key && fingerprint) {
    const { parameters, inputs, environment, code } = fingerprint;
    say(`  key ${key.slice(0, 16)}, computed from`);
    const part = (label: string, text: string): void => {
      const line = `    ${paint(host, 'dim', label.padEnd(11))}  ${visible(text)}`;
      lines.push(...wrap(line, host.columns).split('\n'));
    };
    if (Object.keys(parameters).length > 0) lines.push(`    ${paint(host, 'dim', 'parameters')}`);
    lines.push(...parameterLines(parameters, host, 6));
    for (const [port, digests] of Object.entries(inputs)) {
      const shown = digests.slice(0, 3).map((digest) => digest.slice(0, 12));
      const more = digests.length > 3 ? ` and ${digests.length - 3} more` : '';
      part('input', `${port}: ${shown.join(', ')}${more}`);
    }
    for (const [name, value] of Object.entries(environment))
      part('environment', `${name}: ${value}`);
    const packages = Object.keys(code.packages).length;
    const files = Object.keys(code.files).length;
    part('code', `${code.digest.slice(0, 12)} (${files} files, ${packages} packages)`);
  }
  return `${lines.join('\n')}\n`;
}
