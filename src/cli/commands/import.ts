/** `pipeline import`: converts a dvc.yaml to a pipeline.yaml, and reports what could not be converted. */

import { basename, dirname, join } from 'node:path';
import { counted } from '../../base/units.ts';
import { type DvcImport, importDvc } from '../../dvc/import-dvc.ts';
import { type Diagnostic, formatDiagnostic, limitFrom } from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { visible, wrap } from '../render/text.ts';
import { reportBadInput } from '../selection-options.ts';

interface ImportOptions {
  readonly output?: string;
  readonly force?: boolean;
  readonly strict?: boolean;
  readonly json?: boolean;
}

export const addImport: AddCommand = (program, host, finish) => {
  program
    .command('import')
    .description('convert a DVC pipeline to pipeline.yaml')
    .argument('[file]', 'the DVC pipeline', 'dvc.yaml')
    .option(
      '-o, --output <file>',
      'where to write; "-" is standard output (default: pipeline.yaml in its folder)',
    )
    .option('--force', 'overwrite an existing file')
    .option('--strict', 'fail on stages that DVC would not run either, instead of leaving them out')
    .option('--json', 'print names, notes and problems, one JSON object per line')
    .action((file: string, options: ImportOptions) => finish(importFile(host, file, options)));
};

function importFile(host: Host, file: string, options: ImportOptions): number {
  const folder = host.openFolder(dirname(file));
  const source = folder.read(basename(file));
  if (!source) {
    const message = `could not read the file "${file}"`;
    const suggestion = 'name the DVC pipeline: "pipeline import FILE"';
    return reportBadInput(host, {
      diagnostics: [{ severity: 'error', message, suggestion }],
      sources: [],
    });
  }
  const limit = limitFrom(host.environment);
  if (!limit.ok) return reportBadInput(host, { diagnostics: [limit.error], sources: [] });
  const imported = importDvc(source, folder, {
    partial: options.strict !== true,
    limit: limit.value,
  });
  const output = options.output ?? join(dirname(file), 'pipeline.yaml');
  const fault = write(host, output, imported, options);
  const failed = imported.text === undefined || fault !== undefined;
  if (options.json) printAsJson(host, imported, failed ? undefined : output);
  else printReport(host, imported, file, failed ? undefined : output);
  if (fault !== undefined) host.stderr.write(`${wrap(fault, host.columns)}\n`);
  return failed ? exitCodes.badInput : exitCodes.done;
}

function write(
  host: Host,
  output: string,
  { text }: DvcImport,
  { force, json }: ImportOptions,
): string | undefined {
  if (text === undefined) return undefined;
  if (output === '-') {
    if (!json) host.stdout.write(text);
    return undefined;
  }
  const fault = host.writeText(output, text, force ? 'anything' : 'nothing');
  if (fault === undefined) return undefined;
  return `"${output}" ${fault}; use -o to name another file, or --force to overwrite it`;
}

/** Standard output may have the converted text, so the report goes to standard error. */
function printReport(
  host: Host,
  imported: DvcImport,
  file: string,
  output: string | undefined,
): void {
  const { problems, notes, stages, sources } = imported;
  const print = (text: string) => void host.stderr.write(`${wrap(visible(text), host.columns)}\n`);
  const shown = (one: Diagnostic): string =>
    formatDiagnostic(one, sources).replace(': warning: ', ': note: ');
  for (const one of [...problems, ...(problems.length === 0 ? notes : [])])
    print(`${shown(one)}\n`);
  if (problems.length > 0) {
    print(`${counted(problems.length, 'problem', 'problems')}; nothing was written`);
    return;
  }
  if (output === undefined) return;
  const into = output === '-' ? '' : `${output}: `;
  print(
    `${into}${counted(stages.length, 'stage', 'stages')}, ${counted(notes.length, 'note', 'notes')}`,
  );
  print('Each command runs in its own folder and sees only the files that it declares.');
  if (output !== '-' && dirname(output) !== dirname(file)) {
    print(`Its paths are relative to the folder of ${file}, so it works only in that folder.`);
  }
}

function printAsJson(host: Host, imported: DvcImport, output: string | undefined): void {
  const print = (line: object) => void host.stdout.write(`${JSON.stringify(line)}\n`);
  for (const { dvc, stage } of imported.stages) print({ type: 'stage-imported', dvc, stage });
  for (const one of imported.notes) print({ type: 'note', ...plain(one) });
  for (const one of imported.problems) print({ type: 'problem', ...plain(one) });
  print({
    type: 'import-finished',
    ...(output !== undefined && { output }),
    ...(output === '-' && { text: imported.text }),
    stages: imported.stages.length,
    notes: imported.notes.length,
    problems: imported.problems.length,
  });
}

function plain({ message, span, suggestion }: Diagnostic): object {
  const place = span && { file: span.file, line: span.line, column: span.column };
  return { message, ...place, ...(suggestion !== undefined && { suggestion }) };
}
