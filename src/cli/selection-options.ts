/** The options that choose a pipeline, its configuration and its backend; all commands share them. */
import { basename, join } from 'node:path';
import { type Command, Option } from 'commander';
import { fail, ok, type Result } from '../base/result.ts';
import {
  type BadInput,
  type CacheMode,
  type Diagnostic,
  formatDiagnostic,
  formatPlace,
  type Layout,
  type OpenProject,
  type Prepared,
  type PrepareOptions,
  type ProjectOptions,
  prepare,
  type Selection,
} from '../runner/index.ts';
import { exitCodes, type Host } from './host.ts';
import { visible, wrap } from './render/text.ts';

export interface SelectionOptions {
  readonly file?: string;
  readonly config: string[];
  readonly set: string[];
  readonly backend: string;
  /** Only some commands have this option and the next ones. */
  readonly cache?: CacheMode;
  readonly locked?: boolean;
  readonly reuseAcrossBackends?: boolean;
}

/** For an option that can be given several times. */
export function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

export function addSelectionOptions(command: Command, { backends }: Host): Command {
  return addVariableOptions(addFileOption(command)).addOption(
    new Option(
      '--backend <name>',
      'the numeric backend; auto: that of the results, else the fastest',
    )
      .choices(['auto', ...backends])
      .default('auto'),
  );
}

export function addVariableOptions(command: Command): Command {
  return (
    command
      .option(
        '-c, --config <file>',
        'a configuration that overrides variables; repeatable',
        collect,
      )
      .option(
        '--set <path=value>',
        'set one variable, such as training.epochs=2; repeatable',
        collect,
      )
      // Not set as defaults, because the help would show them as "[]".
      .setOptionValue('config', [])
      .setOptionValue('set', [])
  );
}

/**
 * Adds the option to use results of the remote cache, for commands that need no bytes of results or
 * fetch them. The other commands are about the local store.
 */
export function addCacheOption(command: Command, modes: readonly CacheMode[]): Command {
  const use = modes.includes('write') ? ', and whether to store new results in it' : '';
  return command.addOption(
    new Option('--cache <mode>', `whether to use the remote cache${use}`)
      .choices(modes)
      .default('read' satisfies CacheMode),
  );
}

/** Adds the options to use outputs that other code or another backend made. */
export function addSubstituteOptions(command: Command): Command {
  return command
    .option(
      '--locked',
      'use outputs from pipeline.lock, even if other code or another backend made them',
    )
    .option('--reuse-across-backends', 'use outputs that another backend made');
}

/** The only selection option of commands that read past runs and make no plan. */
export function addFileOption(command: Command): Command {
  return command.option(
    '-f, --file <pipeline>',
    'the pipeline (default: pipeline.yaml here or above)',
  );
}

export async function openLayout(
  host: Host,
  { file }: { readonly file?: string },
): Promise<Result<Layout, number>> {
  const opened = await host.openProject({ file, backend: 'auto' });
  return opened.ok ? ok(opened.value.project.layout) : fail(reportBadInput(host, opened.error));
}

export interface Opened extends OpenProject {
  readonly prepared: Prepared;
  /** What a user should know before anything runs. */
  readonly notes: readonly string[];
  /** Those of the notes that are also shown if nothing has to run. */
  readonly standingNotes: readonly string[];
}

/** Opens the project and plans. If that fails, it reports the errors and returns the exit code. */
export async function openAndPrepare(
  host: Host,
  options: SelectionOptions,
  targets: readonly string[],
  forced: Selection['forced'],
): Promise<Result<Opened, number>> {
  const opened = await host.openProject(projectOptionsOf(options));
  if (!opened.ok) return fail(reportBadInput(host, opened.error));
  return prepareOpened(host, opened.value, selectionOf(options, targets, forced));
}

/** The folder with the newest outputs of the selected configuration, as a user would write it. */
export function latestIn(artifacts: string, { layout }: Pick<Prepared, 'layout'>): string {
  return join(artifacts, basename(layout.latest));
}

export function projectOptionsOf({
  file,
  backend,
  cache = 'off',
}: SelectionOptions): ProjectOptions {
  return { file, backend, cache };
}

export function selectionOf(
  { config, set, locked = false, reuseAcrossBackends = false }: SelectionOptions,
  targets: readonly string[],
  forced: Selection['forced'],
): Selection {
  return { configs: config, settings: set, targets, forced, locked, reuseAcrossBackends };
}

interface Prewarmer extends PrepareOptions {
  /** Called with the plan, or with the errors. Both list the files that were read. */
  readonly onRead?: (read: Prepared | BadInput) => void;
}

export async function prepareOpened(
  host: Host,
  opened: OpenProject,
  selection: Selection,
  { onRead, ...options }: Prewarmer = {},
): Promise<Result<Opened, number>> {
  const prepared = await prepare(opened.project, selection, options);
  onRead?.(prepared.ok ? prepared.value : prepared.error);
  if (!prepared.ok) return fail(reportBadInput(host, prepared.error));
  const { plan, chosen, notes: machine } = prepared.value;
  const notes =
    plan.pipeline.stages.length > 0
      ? machine
      : ['no stage has instances, because each matrix has an axis without values'];
  const warnings = prepared.value.warnings.map(asLine);
  return ok({
    ...opened,
    notes: [...notes, ...warnings],
    standingNotes: chosen.isSlower ? machine : [],
    prepared: prepared.value,
  });
}

export function asLine({ severity, message, span, suggestion }: Diagnostic): string {
  const place = span ? `${formatPlace(span)}: ` : '';
  return visible(
    `${place}${severity}: ${message}${suggestion === undefined ? '' : `; ${suggestion}`}`,
  );
}

/** Prints errors that have no place in a file, such as an unknown run. Returns the exit code. */
export function reportErrors(host: Host, ...messages: readonly string[]): number {
  const diagnostics = messages.map((message) => ({ severity: 'error' as const, message }));
  return reportBadInput(host, { diagnostics, sources: [] });
}

/** One mistake can cause many errors, and the first ones show the cause. */
const MOST_SHOWN = 20;

/** Prints the errors in the input. Returns the exit code. */
export function reportBadInput(
  host: Host,
  { diagnostics, sources, unreadableStore }: BadInput,
): number {
  const texts = diagnostics
    .slice(0, MOST_SHOWN)
    .map((diagnostic) => formatDiagnostic(diagnostic, sources, host.columns));
  const more = diagnostics.length > MOST_SHOWN ? `, the first ${MOST_SHOWN} shown` : '';
  const noun = diagnostics.length === 1 ? 'problem' : 'problems';
  const count = `${diagnostics.length} ${noun}${more}; nothing ran`;
  host.stderr.write(`${wrap(visible([...texts, count].join('\n\n')), host.columns)}\n`);
  return unreadableStore ? exitCodes.failed : exitCodes.badInput;
}
