/** A command from its laid folder to its taken outputs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type StageContext, StageError } from '../../runner/graph/stage-type.ts';
import { checkFolder, layFolder, takeOutputs } from './command-folder.ts';
import { describeEnd, runShell, type ShellEnd } from './shell.ts';

export interface CommandParameters {
  readonly run: readonly string[];
  readonly with: Readonly<Record<string, unknown>>;
  readonly params: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

export async function runCommand(context: StageContext<CommandParameters>): Promise<void> {
  const { parameters, scratch, signal } = context;
  const folder = join(scratch, 'folder');
  const temporary = join(scratch, 'tmp');
  for (const path of [folder, temporary]) mkdirSync(path);
  const laid = layFolder(folder, context);
  const about = join(scratch, 'parameters.json');
  writeFileSync(about, JSON.stringify(parameters.with));
  for (const path of Object.values(parameters.outputs)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
  }
  const env = {
    ...parameters.env,
    TMPDIR: temporary,
    PIPELINE_CHECKPOINTS: context.checkpoints,
    PIPELINE_PARAMETERS: about,
    PIPELINE_CORES: String(context.cores),
    // Traces that a Python program leaves beside its source are no output of it.
    PYTHONDONTWRITEBYTECODE: '1',
  };
  for (const line of parameters.run) {
    const end = await runShell(line, { folder, env, pass: context.terms.passEnv, signal }, context);
    signal.throwIfAborted();
    if (end.code !== 0) throw new StageError(describeEnd(end, line), describeHelp(end));
  }
  checkFolder(folder, laid, parameters.outputs, context.terms.scratch);
  takeOutputs(folder, parameters.outputs, context);
}

function describeHelp({ code, lastLine }: ShellEnd): string | undefined {
  if (code === 127) return 'is the program installed, and on PATH?';
  // What most often is not there is what was not declared.
  if (lastLine.includes('No such file or directory')) {
    return 'a command finds only what it lists under "files", "params" and "inputs"';
  }
  return undefined;
}
