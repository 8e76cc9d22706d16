/** The command line: words to a command, and its exit code. */
import { Command, CommanderError } from 'commander';
import type { AddCommand } from './add-command.ts';
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
  const [first = ''] = words;
  const load = commands[first];
  // One that is named is loaded alone: the others would cost as much time as a run with nothing to do.
  const loads = load ? [load] : [...new Set(Object.values(commands))];
  for (const add of await Promise.all(loads.map((one) => one()))) add(program, host, finish);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return code;
  } catch (problem) {
    if (!(problem instanceof CommanderError)) throw problem;
    return problem.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
  }
}

/** By the first word; in the order of the help. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import('./commands/run.ts')).addRun,
  plan: async () => (await import('./commands/plan.ts')).addPlan,
  explain: async () => (await import('./commands/explain.ts')).addExplain,
  graph: async () => (await import('./commands/graph.ts')).addGraph,
  show: async () => (await import('./commands/show.ts')).addShow,
  metrics: async () => (await import('./commands/metrics.ts')).addMetrics,
  log: async () => (await import('./commands/log.ts')).addLog,
  runs: async () => (await import('./commands/runs.ts')).addRuns,
  diff: async () => (await import('./commands/diff.ts')).addDiff,
  lock: async () => (await import('./commands/lock.ts')).addLock,
  accept: async () => (await import('./commands/accept.ts')).addAccept,
  verify: async () => (await import('./commands/verify.ts')).addVerify,
  gc: async () => (await import('./commands/gc.ts')).addGc,
  import: async () => (await import('./commands/import.ts')).addImport,
};
