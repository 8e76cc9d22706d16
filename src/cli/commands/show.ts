/**
 * `pipeline show STAGE`: its state, parameters, outputs with their files, metrics, and the run that made them.
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
  type Made,
  type Metrics,
  madeBy,
  type Outputs,
  readArtifact,
  readMetricFiles,
  type Stage,
  selectStages,
  wordsFor,
} from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { terminalImage } from '../render/terminal-image.ts';
import { harmless, visible, wrap } from '../render/text.ts';
import { columnsOf, padEnd } from '../render/width.ts';
import {
  addSelectionOptions,
  type Opened,
  openAndPrepare,
  type SelectionOptions,
} from '../selection-options.ts';

export const addShow: AddCommand = (program, host, finish) => {
  const command = program
    .command('show')
    .description('show the outputs, parameters and metrics of stages');
  addSelectionOptions(command, host)
    .argument('<stage...>', 'NAME or NAME[axis=value,...]')
    .option('--json', 'print one JSON object per stage')
    .action(async (targets: string[], options: SelectionOptions & { json?: boolean }) => {
      const opened = await openAndPrepare(host, options, targets, []);
      if (!opened.ok) return finish(opened.error);
      for (const target of targets) {
        const selected = selectStages(opened.value.prepared.plan.pipeline, target);
        for (const stage of selected.ok ? selected.value : []) {
          const shown = show(stage, opened.value);
          host.stdout.write(options.json ? `${JSON.stringify(shown)}\n` : format(shown, host));
          if (!options.json) host.stdout.write(said(shown, opened.value, host));
        }
      }
      finish(exitCodes.done);
    });
};

interface Shown {
  readonly stage: string;
  readonly state: DecisionWords;
  readonly description: string;
  readonly parameters: Stage['parameters'];
  /** About the outputs below. If the stage is not up to date, they are from an earlier state. */
  readonly made?: Made & {
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

function show(stage: Stage, { prepared, artifacts }: Opened): Shown {
  const { plan, planContext } = prepared;
  const decision = plan.decisions.get(stage.id)!;
  const newest = planContext.latest.get(stage.id);
  const outputs: Outputs = decision.kind === 'hit' ? decision.outputs : (newest?.outputs ?? {});
  const key = decision.kind === 'hit' ? decision.key : newest?.key;
  const record = key && planContext.actions.get(key);
  // latest/ has the outputs of the last run.
  const visible = JSON.stringify(newest?.outputs) === JSON.stringify(outputs);
  const folder = join(artifacts, 'latest', folderOf(stage));
  const ports = Object.entries(outputs);
  const { rows, unread } = readMetricFiles(stage, outputs, planContext.store);
  return {
    stage: stage.id,
    state: wordsFor(decision),
    description: stage.type.description,
    parameters: stage.parameters,
    ...(record && { made: madeOf(record) }),
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

function madeOf(record: ActionRecord): NonNullable<Shown['made']> {
  const { accepted } = record.provenance;
  return { ...madeBy(record), ...(accepted && { accepted: accepted.time }) };
}

const MOST_FILES = 10;

function format(shown: Shown, host: Host): string {
  const { stage, state, description, parameters, made, outputs, metrics, unread } = shown;
  const lines = [`${stage}: ${state}`, `  ${description}`];
  if (made) {
    const earlier = state === 'up to date' ? 'made' : 'last made';
    lines.push(`  ${earlier} by run ${made.run} at ${made.finished} in ${duration(made.seconds)}`);
    if (made.cache !== undefined) lines.push(`  fetched from the cache ${made.cache}`);
    if (made.accepted !== undefined) lines.push(`  accepted at ${made.accepted}, without running`);
  }
  const names = Object.keys(parameters);
  const width = Math.max(0, ...names.map(columnsOf));
  if (names.length > 0) lines.push('  parameters');
  for (const name of names) {
    lines.push(`    ${padEnd(name, width)}  ${JSON.stringify(parameters[name])}`);
  }
  if (outputs.length > 0) lines.push('  outputs');
  for (const { name, folder, files } of outputs) {
    const size = byteSize(files.reduce((sum, file) => sum + file.size, 0));
    const noun = files.length === 1 ? 'file' : 'files';
    lines.push(`    ${name}  ${files.length} ${noun}, ${size}`);
    lines.push(`      in ${folder ?? 'the store only; latest/ has newer ones'}`);
    const sizes = files.slice(0, MOST_FILES).map((file) => byteSize(file.size));
    const widest = Math.max(0, ...sizes.map((text) => text.length));
    for (const [i, { path }] of files.slice(0, MOST_FILES).entries()) {
      lines.push(`      ${sizes[i]?.padStart(widest)}  ${path}`);
    }
    if (files.length > MOST_FILES) lines.push(`      and ${files.length - MOST_FILES} more`);
  }
  if (metrics.length + unread.length > 0) lines.push('  metrics');
  for (const { row, values } of metrics) {
    const numbers = Object.entries(values).flatMap(([name, value]) =>
      isNumber(value) ? [`${name} ${typeof value === 'number' ? figure(value) : value}`] : [],
    );
    const label = row === undefined ? '' : `${row}: `;
    lines.push(`    ${label}${numbers.join(', ')}`);
  }
  for (const file of unread) lines.push(`    not JSON or YAML with numbers: ${file}`);
  return `${wrap(visible(lines.join('\n')), host.columns)}\n`;
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
