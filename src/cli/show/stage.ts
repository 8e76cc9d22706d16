/**
 * A stage for `pipeline show`: its state, parameters, outputs with their files, metrics, and the run that made them.
 *
 * A stage can write a summary for the user to `summary.txt` in an output. It is shown with the first images of that
 * output, if the terminal shows images. So the command does not need to know the stage types.
 */

import { join } from 'node:path';
import { byteSize, duration, figure } from '../../base/units.ts';
import {
  type ActionRecord,
  type ArtifactFile,
  type DecisionWords,
  folderOf,
  isNumber,
  type Layout,
  type Made,
  type Metrics,
  madeBy,
  type Origin,
  type Outputs,
  readArtifact,
  readMetricFiles,
  type Stage,
  summarize,
  wordsFor,
} from '../../runner/index.ts';
import type { Host } from '../host.ts';
import { originText } from '../render/origin-text.ts';
import { parameterLines } from '../render/parameter-lines.ts';
import { STATE_COLOURS } from '../render/state-colours.ts';
import { terminalImage } from '../render/terminal-image.ts';
import { harmless, paint, visible, wrap } from '../render/text.ts';
import { latestIn, type Opened as WholeOpened } from '../selection-options.ts';

type Opened = Pick<WholeOpened, 'project' | 'prepared' | 'artifacts'>;

/** Prints a stage of the plan. */
export function showStage(stage: Stage, opened: Opened, json: boolean, host: Host): void {
  const shown = shownStage(stage, opened);
  if (json) host.stdout.write(`${JSON.stringify(shown)}\n`);
  else {
    host.stdout.write(format(shown, host));
    host.stdout.write(said(shown, opened, host));
  }
}

interface Shown {
  readonly stage: string;
  readonly state: DecisionWords;
  readonly description: string;
  readonly parameters: Stage['parameters'];
  /** About the outputs below. If the stage is not up to date, they are from an earlier state. */
  readonly made?: Made & {
    readonly key: string;
    /** The program and the commit of the run. */
    readonly origin?: Origin;
    /** When a user accepted it as a result of the current code. */
    readonly accepted?: string;
  };
  readonly outputs: readonly ShownOutput[];
  readonly metrics: Metrics['rows'];
  readonly unread: Metrics['unread'];
}

interface ShownOutput {
  readonly name: string;
  readonly digest: string;
  /** The folder in latest/. Absent if that folder now has other outputs of the stage. */
  readonly folder?: string;
  readonly files: readonly ArtifactFile[];
}

function shownStage(stage: Stage, { project, prepared, artifacts }: Opened): Shown {
  const { plan, planContext } = prepared;
  const decision = plan.decisions.get(stage.id)!;
  const newest = planContext.latest.get(stage.id);
  const outputs: Outputs = decision.kind === 'hit' ? decision.outputs : (newest?.outputs ?? {});
  const key = decision.kind === 'hit' ? decision.key : newest?.key;
  const record = key && planContext.actions.get(key);
  // latest/ has the outputs of the last run.
  const visible = JSON.stringify(newest?.outputs) === JSON.stringify(outputs);
  const folder = join(latestIn(artifacts, prepared), folderOf(stage));
  const ports = Object.entries(outputs);
  const { rows, unread } = readMetricFiles(stage, outputs, planContext.store);
  return {
    stage: stage.id,
    state: wordsFor(decision),
    description: stage.type.description,
    parameters: stage.parameters,
    ...(record && { made: madeOf(record, project.layout) }),
    outputs: ports.map(([name, digest]) => ({
      name,
      digest,
      ...(visible && { folder: ports.length > 1 ? join(folder, name) : folder }),
      files: readArtifact(digest, planContext.store)?.files ?? [],
    })),
    metrics: rows,
    unread,
  };
}

function madeOf(record: ActionRecord, layout: Layout): NonNullable<Shown['made']> {
  const { run, accepted } = record.provenance;
  const origin = summarize(layout, run)?.origin;
  return {
    key: record.key,
    ...madeBy(record),
    ...(origin && { origin }),
    ...(accepted && { accepted: accepted.time }),
  };
}

const MOST_FILES = 10;

function format(shown: Shown, host: Host): string {
  const { stage, state, description, parameters, made, outputs, metrics, unread } = shown;
  const lines: string[] = [];
  const say = (text: string): void => {
    lines.push(...wrap(visible(text), host.columns).split('\n'));
  };
  const head = (text: string): void => void lines.push(`  ${paint(host, 'dim', text)}`);
  lines.push(`${paint(host, 'bold', stage)}: ${paint(host, STATE_COLOURS[state], state)}`);
  say(`  ${description}`);
  if (made) {
    const earlier = state === 'up to date' ? 'made' : 'last made';
    say(`  ${earlier} by run ${made.run} at ${made.finished} in ${duration(made.seconds)}`);
    if (made.origin) say(`  with ${originText(made.origin)}`);
    say(`  key ${made.key}`);
    if (made.cache !== undefined) say(`  fetched from the cache ${made.cache}`);
    if (made.accepted !== undefined) say(`  accepted at ${made.accepted}, without running`);
  }
  if (Object.keys(parameters).length > 0) head('parameters');
  lines.push(...parameterLines(parameters, host, 4));
  if (outputs.length > 0) head('outputs');
  for (const { name, folder, files } of outputs) {
    const size = byteSize(files.reduce((sum, file) => sum + file.size, 0));
    const noun = files.length === 1 ? 'file' : 'files';
    say(`    ${name}  ${files.length} ${noun}, ${size}`);
    say(`      in ${folder ?? 'the store only; the next run shows it in its folder'}`);
    const sizes = files.slice(0, MOST_FILES).map((file) => byteSize(file.size));
    const widest = Math.max(0, ...sizes.map((text) => text.length));
    for (const [i, { path }] of files.slice(0, MOST_FILES).entries()) {
      say(`      ${sizes[i]?.padStart(widest)}  ${path}`);
    }
    if (files.length > MOST_FILES) say(`      and ${files.length - MOST_FILES} more`);
  }
  if (metrics.length + unread.length > 0) head('metrics');
  for (const { row, values } of metrics) {
    const numbers = Object.entries(values).flatMap(([name, value]) =>
      isNumber(value) ? [`${name} ${typeof value === 'number' ? figure(value) : value}`] : [],
    );
    const label = row === undefined ? '' : `${row}: `;
    say(`    ${label}${numbers.join(', ')}`);
  }
  for (const file of unread) say(`    not JSON or YAML with numbers: ${file}`);
  return `${lines.join('\n')}\n`;
}

const SUMMARY = 'summary.txt';
const MOST_IMAGES = 2;

function said({ outputs }: Shown, { prepared }: Opened, { images, columns }: Host): string {
  const { store } = prepared.planContext;
  return outputs
    .filter(({ files }) => files.some(({ path }) => path === SUMMARY))
    .map(({ files }) => {
      const text = store.readText(files.find(({ path }) => path === SUMMARY)!.digest);
      const pictures = files.filter(({ path }) => path.endsWith('.png')).slice(0, MOST_IMAGES);
      const drawn = (images === null ? [] : pictures).flatMap(({ digest }) => {
        const png = store.readBytes(digest);
        return png === undefined ? [] : [terminalImage(png, images!, Math.min(columns, 80))];
      });
      const lines = (text ?? '').split('\n').map(harmless);
      return `\n${lines.join('\n')}${drawn.join('')}`;
    })
    .join('');
}
