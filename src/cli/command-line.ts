/** The command line: runs the command that the arguments name, and returns its exit code. */
import { Command, CommanderError } from 'commander';
import { addRun } from './commands/run.ts';
import { exitCodes, type Host } from './host.ts';
import { wrap } from './render/text.ts';

/** `words` are the arguments without node and the script. */
export async function main(words: readonly string[], version: string, host: Host): Promise<number> {
  let code: number = exitCodes.done;
  const finish = (result: number): void => {
    code = result;
  };
  const program = new Command('pipeline')
    .description('Runs the stages of pipeline.yaml that are not up to date.')
    .version(version)
    .showHelpAfterError('(see "pipeline --help")')
    .exitOverride()
    // The longest command leaves 34 of 80 columns to the descriptions. By default, fewer than 40 are not wrapped.
    .configureHelp({ minWidthToWrap: 20 })
    .configureOutput({
      writeOut: (text) => void host.stdout.write(text),
      writeErr: (text) => void host.stderr.write(text),
      outputError: (text, write) => write(wrap(text, host.columns)),
      getOutHelpWidth: () => host.columns,
      getErrHelpWidth: () => host.columns,
    });
  addRun(program, host, finish);
  // Loading the other commands takes as long as a run with nothing to do.
  if (words[0] !== 'run') {
    const { otherCommands } = await import('./other-commands.ts');
    for (const add of otherCommands) add(program, host, finish);
  }
  for (const command of program.commands) {
    command.showHelpAfterError(`(see "pipeline ${command.name()} --help")`);
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
    return code;
  } catch (problem) {
    if (!(problem instanceof CommanderError)) throw problem;
    return problem.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
  }
}
