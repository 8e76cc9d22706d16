/** The command line: words to a command, and its exit code. */
import { Command, CommanderError } from 'commander';
import { addAccept } from './commands/accept.ts';
import { addDiff } from './commands/diff.ts';
import { addExplain } from './commands/explain.ts';
import { addGc } from './commands/gc.ts';
import { addGraph } from './commands/graph.ts';
import { addImport } from './commands/import.ts';
import { addLock } from './commands/lock.ts';
import { addLog } from './commands/log.ts';
import { addMetrics } from './commands/metrics.ts';
import { addPlan } from './commands/plan.ts';
import { addRun } from './commands/run.ts';
import { addRuns } from './commands/runs.ts';
import { addShow } from './commands/show.ts';
import { addVerify } from './commands/verify.ts';
import { exitCodes, type Host } from './host.ts';

/** `words` are the arguments without node and the script. */
export async function main(words: readonly string[], version: string, host: Host): Promise<number> {
  let code: number = exitCodes.done;
  const finish = (result: number): void => {
    code = result;
  };
  const program = new Command('pipeline')
    .description('Runs the stages of pipeline.yaml that are not up to date, and only those.')
    .version(version)
    .showHelpAfterError('(pipeline --help shows what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void host.stdout.write(text),
      writeErr: (text) => void host.stderr.write(text),
      getOutHelpWidth: () => host.columns,
      getErrHelpWidth: () => host.columns,
    });
  const history = [addRuns, addLog, addShow, addMetrics, addDiff, addLock, addAccept];
  const care = [addVerify, addGc, addImport];
  for (const add of [addRun, addPlan, addExplain, addGraph, ...history, ...care]) {
    add(program, host, finish);
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
    return code;
  } catch (problem) {
    if (!(problem instanceof CommanderError)) throw problem;
    return problem.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
  }
}
