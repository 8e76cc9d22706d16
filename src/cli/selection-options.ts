/** The options that choose a pipeline, its configuration and its backend; all commands share them. */
import { type Command, Option } from 'commander';
import { formatDiagnostic } from '../runner/document/diagnostic.ts';
import { type BadInput, type Prepared, prepare } from '../runner/engine.ts';
import { fail, ok, type Result } from '../runner/result.ts';
import { exitCodes, type Host, type OpenProject } from './host.ts';
import { wrap } from './render/text.ts';

export interface SelectionOptions {
  readonly file?: string;
  readonly config: string[];
  readonly set: string[];
  readonly backend: string;
}

export function addSelectionOptions(command: Command, { backends }: Host): Command {
  const collect = (value: string, before: string[]): string[] => [...before, value];
  return command
    .option('-f, --file <pipeline>', 'the pipeline (default: pipeline.yaml here or above)')
    .option(
      '-c, --config <file>',
      'a configuration laid over the variables; repeatable',
      collect,
      [],
    )
    .option(
      '--set <path=value>',
      'one variable, such as training.epochs=2; repeatable',
      collect,
      [],
    )
    .addOption(
      new Option('--backend <name>', 'what computes')
        .choices(['auto', ...backends])
        .default('auto'),
    );
}

export interface Opened extends OpenProject {
  readonly prepared: Prepared;
}

/** Opens the project and plans; tells what is wrong and gives the exit code where that fails. */
export async function openAndPrepare(
  host: Host,
  options: SelectionOptions,
  targets: readonly string[],
  forced: readonly string[] | 'all',
): Promise<Result<Opened, number>> {
  const opened = await host.openProject({ file: options.file, backend: options.backend });
  if (!opened.ok) return fail(tell(host, opened.error));
  const { config, set } = options;
  const selection = { configs: config, settings: set, targets, forced };
  const prepared = prepare(opened.value.project, selection);
  if (!prepared.ok) return fail(tell(host, prepared.error));
  // A pipeline of plain commands computes on no backend of ours.
  const { stages } = prepared.value.plan.pipeline;
  const notes = stages.some((one) => one.type.environment?.length) ? opened.value.notes : [];
  return ok({ ...opened.value, notes, prepared: prepared.value });
}

/** One mistake can have many consequences: the first ones say what it is. */
const MOST_SHOWN = 20;

function tell(host: Host, { diagnostics, sources }: BadInput): number {
  const texts = diagnostics
    .slice(0, MOST_SHOWN)
    .map((diagnostic) => formatDiagnostic(diagnostic, sources));
  const more = diagnostics.length > MOST_SHOWN ? `, the first ${MOST_SHOWN} shown` : '';
  const noun = diagnostics.length === 1 ? 'problem' : 'problems';
  const count = `${diagnostics.length} ${noun}${more}; nothing ran`;
  host.stderr.write(`${wrap([...texts, count].join('\n\n'), host.columns)}\n`);
  return exitCodes.badInput;
}
