/** `pipeline log STAGE`: the output of its last attempt, and how that ended. */

import { InvalidArgumentError } from 'commander';
import { stageOfInstance } from '../../base/stage-name.ts';
import { duration } from '../../base/units.ts';
import {
  type Attempt,
  describeFailure,
  describeReason,
  didYouMean,
  findRun,
  type Layout,
  lastAttempts,
  readRun,
  runIds,
  saidIn,
  summarize,
} from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { harmless, paint, visible, wrap } from '../render/text.ts';
import {
  addFileOption,
  addVariableOptions,
  openLayout,
  reportErrors,
  type SelectionOptions,
} from '../selection-options.ts';
import { writerTo } from '../write-all.ts';

interface LogOptions extends Pick<SelectionOptions, 'file' | 'config' | 'set'> {
  readonly run?: string;
  readonly tail?: number;
  readonly json?: boolean;
}

function lineCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError('Expected an integer >= 0.');
}

export const addLog: AddCommand = (program, host, finish) => {
  const command = program.command('log').description("print the log of a stage's last attempt");
  addVariableOptions(addFileOption(command))
    .argument('<stage>', 'NAME or NAME[axis=value,...]')
    .option('--run <run>', 'from this run: id, name, or latest')
    .option('-n, --tail <n>', 'print only the last n lines', lineCount)
    .option('--json', 'print one JSON object per attempt')
    .action(async (stage: string, options: LogOptions) => {
      const layout = await openLayout(host, options);
      if (!layout.ok) return finish(layout.error);
      let runs = runsWith(layout.value, options);
      if (options.run !== undefined) {
        const run = findRun(layout.value, options.run);
        if (!run.ok) return finish(reportErrors(host, run.error));
        runs = [run.value];
      }
      const attempts = lastAttempts(layout.value, stage, runs);
      if (attempts.length === 0) {
        const which = runs ? 'no run with these options executed' : 'no run executed';
        const where = options.run === undefined ? which : `run ${runs![0]} did not execute`;
        const hint = nearStage(stage, layout.value, runs);
        return finish(reportErrors(host, `${where} a stage "${stage}"${hint}`));
      }
      const write = writerTo(host);
      for (const [i, attempt] of attempts.entries()) {
        if (options.json) await writeJson(attempt, options, write);
        else {
          if (i > 0) await write('\n');
          await writeText(attempt, attempts, options, host, write);
        }
      }
      finish(host.signal.aborted ? exitCodes.interrupted : exitCodes.done);
    });
};

/** The runs with these configurations and settings; undefined if none are named, for all runs. */
function runsWith(
  layout: Layout,
  { config, set }: Pick<LogOptions, 'config' | 'set'>,
): readonly string[] | undefined {
  if (config.length + set.length === 0) return undefined;
  const wanted = JSON.stringify([config, set]);
  return runIds(layout).filter((id) => {
    const { configs = [], settings = [] } = summarize(layout, id)?.selection ?? {};
    return JSON.stringify([configs, settings]) === wanted;
  });
}

/** The most similar name of a stage in the newest of these runs, as the end of a sentence. */
function nearStage(text: string, layout: Layout, [newest] = runIds(layout)): string {
  if (newest === undefined) return '';
  const name = stageOfInstance(text);
  const names = new Set(
    readRun(layout, newest).flatMap((event) =>
      'stage' in event ? [stageOfInstance(event.stage)] : [],
    ),
  );
  // The stage was up to date, or its result came from a cache.
  return names.has(name) ? '' : didYouMean(name, names);
}

/** Writes a part of a log and waits for the reader, because logs can be long. */
type Write = (text: string) => Promise<void>;

async function writeJson(attempt: Attempt, { tail }: LogOptions, write: Write): Promise<void> {
  const { run, stage, number, reasons, state, seconds, failure } = attempt;
  const about = { run, stage, number, reasons, state, seconds, failure };
  await write(`${JSON.stringify(about).slice(0, -1)},"lines":[`);
  let quote = '"';
  for (const piece of saidIn(attempt, { last: tail })) {
    const lines = piece.split('\n').map((line) => JSON.stringify(line).slice(1, -1));
    await write(quote + lines.join('","'));
    quote = '';
  }
  await write(quote === '' ? '"]}\n' : ']}\n');
}

async function writeText(
  attempt: Attempt,
  all: readonly Attempt[],
  { tail }: LogOptions,
  host: Host,
  write: Write,
): Promise<void> {
  const { stage, run, number, reasons, state, seconds, failure } = attempt;
  const count = all.filter((other) => other.stage === stage).length;
  const which = count > 1 ? `, attempt ${number} of ${count}` : '';
  const [first] = reasons.flatMap(describeReason);
  const head = `${stage}  run ${run}${which}${first === undefined ? '' : `: ${first}`}`;
  await write(`${paint(host, 'bold', wrap(head, host.columns))}\n`);
  let indent = '  ';
  for (const piece of saidIn(attempt, { last: tail })) {
    await write(indent + indented(piece));
    indent = '';
  }
  const took = seconds === undefined ? '' : ` in ${duration(seconds)}`;
  const [headline, ...details] = failure
    ? describeFailure(failure)
    : ([`${state}${took}`] as const);
  const colour = state === 'finished' ? 'green' : state === 'failed' ? 'red' : 'yellow';
  const end = [
    paint(host, colour, failure ? `failed: ${headline}` : headline),
    ...details.map((line) => `  ${visible(line.trim())}`),
  ];
  await write(`${indent === '' ? '\n' : ''}${end.join('\n')}\n`);
}

/** Control characters are rare, so the whole piece is checked first. */
function indented(piece: string): string {
  const plain = /[^\P{Cc}\t\n]/u.test(piece) ? piece.split('\n').map(harmless).join('\n') : piece;
  return plain.replaceAll('\n', '\n  ').replace(/ +$/gm, '');
}
