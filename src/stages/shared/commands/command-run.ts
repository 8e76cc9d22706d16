/** Runs a command: places its inputs in a folder, starts it, and stores its outputs. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CURVE_FILE } from '../../../base/curve.ts';
import { hasCode, isSystemError } from '../../../base/system-error.ts';
import {
  isFull,
  makeAccessible,
  type StageContext,
  StageError,
  usualText,
} from '../../../runner/index.ts';
import { checkFolder, layFolder, takeOutputs } from './command-folder.ts';
import { followCurve } from './follow-curve.ts';
import { interpreterOf, type Shell } from './interpreter.ts';
import { describeEnd, runShell, type ShellEnd } from './shell.ts';

export interface CommandParameters {
  readonly run: readonly string[];
  readonly shell?: Shell | undefined;
  readonly with: Readonly<Record<string, unknown>>;
  readonly params: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly writtenAs?:
    | {
        readonly with?: string | undefined;
        readonly params?: Readonly<Record<string, string>> | undefined;
      }
    | undefined;
}

export async function runCommand(context: StageContext<CommandParameters>): Promise<void> {
  const { parameters, scratch, signal } = context;
  const folder = join(scratch, 'folder');
  const temporary = join(scratch, 'tmp');
  for (const path of [folder, temporary]) mkdirSync(path);
  const laid = onDisk('its inputs could not be put in its folder', () =>
    layFolder(folder, context),
  );
  const about = join(scratch, 'parameters.json');
  writeFileSync(about, parameters.writtenAs?.with ?? usualText('', parameters.with));
  for (const path of Object.values(parameters.outputs)) makeWay(folder, path);
  const env = {
    TMPDIR: temporary,
    PIPELINE_CHECKPOINTS: context.checkpoints,
    PIPELINE_PARAMETERS: about,
    PIPELINE_CORES: String(context.cores),
    // Python writes these caches next to its sources. They are not outputs.
    PYTHONDONTWRITEBYTECODE: '1',
    ...parameters.env,
  } as Readonly<Record<string, string>>;
  const interpreter = interpreterOf(parameters.shell, env.PATH ?? context.environment.PATH);
  const options = { interpreter, folder, env, pass: context.commandOptions.passEnv, signal };
  const curves = Object.values(parameters.outputs)
    .filter((path) => basename(path) === CURVE_FILE)
    .map((path) => followCurve(join(folder, path), context));
  try {
    for (const [i, line] of parameters.run.entries()) {
      const file = join(scratch, `command-${i}.sh`);
      const end = await runShell(line, { ...options, file }, context);
      signal.throwIfAborted();
      if (end.code !== 0) throw new StageError(describeEnd(end, line), describeHelp(end));
    }
  } finally {
    for (const stop of curves) stop();
  }
  onDisk('its outputs could not be stored', () => {
    makeAccessible(folder);
    checkFolder(folder, laid, parameters.outputs, context.commandOptions.scratch);
    takeOutputs(folder, parameters.outputs, context);
  });
}

/** An error of the disk is not a bug, so it becomes a short message. The caller reports a full disk. */
function onDisk<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (problem) {
    if (!isSystemError(problem) || isFull(problem)) throw problem;
    const advice = hasCode(problem, 'EACCES', 'EPERM')
      ? 'if a container made it, run the container as yourself: docker run --user "$(id -u):$(id -g)"'
      : 'check the disk of the artifacts folder, and run again';
    throw new StageError(`${what}: ${problem.message}`, advice);
  }
}

/** The folder of each output exists before the command starts, so that the command need not make it. */
function makeWay(folder: string, output: string): void {
  try {
    mkdirSync(dirname(join(folder, output)), { recursive: true });
  } catch (problem) {
    for (let path = dirname(output); path !== '.'; path = dirname(path)) {
      if (!statSync(join(folder, path), { throwIfNoEntry: false })?.isFile()) continue;
      throw new StageError(`its output "${output}" can't be made: its input "${path}" is a file`);
    }
    throw problem;
  }
}

function describeHelp({ code, lastLine }: ShellEnd): string | undefined {
  if (code === 127)
    return 'check that the program is installed and on PATH; list a script of the project under "files"';
  if (code === 126)
    return 'check that it is executable (chmod +x); files of the project keep their mode';
  // The usual reason for a missing file is that it was not declared.
  if (lastLine.includes('No such file or directory')) {
    return 'a command finds only what it lists under "files", "params" and "inputs"';
  }
  return undefined;
}
