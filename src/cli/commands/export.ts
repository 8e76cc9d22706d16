/** `pipeline export RUN FOLDER`: the results of a past run and what made them, for people without the project. */
import { InvalidArgumentError } from 'commander';
import { shellQuoted } from '../../base/shell-quoted.ts';
import { byteSize, counted } from '../../base/units.ts';
import { exportRun, findRun, type Party, parseParty, summarize } from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { selectionWords } from '../render/selection-words.ts';
import { wrap } from '../render/text.ts';
import { addFileOption, reportBadInput, reportErrors } from '../selection-options.ts';

interface ExportOptions {
  readonly file?: string;
  readonly json?: boolean;
  readonly author: readonly Party[];
  readonly publisher?: Party;
}

export const addExport: AddCommand = (program, host, finish) => {
  const command = program
    .command('export')
    .description('write the results of a run, with their origin, to a new folder');
  addFileOption(command)
    .argument('<run>', 'id, name, or latest')
    .argument('<folder>', 'a folder that does not exist, or is empty')
    .argument('[stage...]', 'the stages whose outputs are exported (default: the last ones)')
    .option('--author <name>', 'an author: "NAME" or "NAME <ADDRESS>"; repeatable', addParty)
    .setOptionValue('author', [])
    .option('--publisher <name>', 'the organization that publishes the export', party)
    .option('--json', 'print one JSON object')
    .action(async (run: string, folder: string, stages: string[], options: ExportOptions) => {
      finish(await exportCommand(host, run, folder, stages, options));
    });
};

function party(text: string): Party {
  const parsed = parseParty(text);
  if (parsed) return parsed;
  throw new InvalidArgumentError('Expected "NAME" or "NAME <https://ADDRESS>".');
}

function addParty(text: string, before: readonly Party[]): readonly Party[] {
  return [...before, party(text)];
}

async function exportCommand(
  host: Host,
  text: string,
  folder: string,
  targets: readonly string[],
  { file, json, author, publisher }: ExportOptions,
): Promise<number> {
  const opened = await host.openProject({ file, backend: 'auto' });
  if (!opened.ok) return reportBadInput(host, opened.error);
  const { project } = opened.value;
  const run = findRun(project.layout, text);
  if (!run.ok) return reportErrors(host, run.error);
  const summary = summarize(project.layout, run.value);
  const words = summary ? selectionWords(summary).map(shellQuoted) : [];
  const exported = await exportRun(project, {
    run: run.value,
    folder,
    targets,
    program: 'lowrank-pipeline',
    command: ['pipeline run', ...words].join(' '),
    ...{ authors: author, publisher },
    signal: host.signal,
  });
  if (!exported.ok) {
    const code = reportBadInput(host, { diagnostics: [exported.error], sources: [] });
    return host.signal.aborted ? exitCodes.interrupted : code;
  }
  const { files, bytes, stages, warnings } = exported.value;
  for (const warning of warnings)
    host.stderr.write(`${wrap(`warning: ${warning}`, host.columns)}\n`);
  if (json) host.stdout.write(`${JSON.stringify({ run: run.value, folder, ...exported.value })}\n`);
  else {
    const of = `the outputs of ${counted(stages, 'stage', 'stages')}`;
    host.stdout.write(
      `${folder}: ${counted(files, 'file', 'files')}, ${byteSize(bytes)}, with ${of}\n`,
    );
    host.stdout.write(`open ${folder}/ro-crate-preview.html\n`);
  }
  return exitCodes.done;
}
