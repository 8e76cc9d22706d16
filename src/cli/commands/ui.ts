/** `pipeline ui`: serves a page on loopback with the pipeline, its runs and their outputs. */
import { InvalidArgumentError } from 'commander';
import { ok } from '../../base/result.ts';
import {
  execute,
  newRunId,
  type OpenProject,
  prepare,
  type Selection,
} from '../../runner/index.ts';
import type { PlanRun } from '../../web/server/own-run.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import {
  addSelectionOptions,
  projectOptionsOf,
  reportBadInput,
  reportErrors,
  type SelectionOptions,
  selectionOf,
} from '../selection-options.ts';
import { describeUnforeseen } from '../unforeseen.ts';
import { nextChange, type Watched } from '../watch.ts';
import { watchedBy } from '../watched-files.ts';
import { gpusFor } from './run-once.ts';
import { runSelectionOf } from './run-options.ts';

interface UiOptions extends SelectionOptions {
  readonly port?: number;
  readonly open?: boolean;
  readonly allowRun?: boolean;
}

export const addUi: AddCommand = (program, host, finish) => {
  const command = program.command('ui').description('show the pipeline in a browser, live');
  addSelectionOptions(command, host)
    .option('--port <n>', 'port (default: 7654, or a free one)', portNumber)
    .option('--open', 'open the page in the browser')
    .option('--allow-run', 'let the page start and stop runs')
    .action(async (options: UiOptions) =>
      finish(await uiCommand(host, options, program.version() ?? '')),
    );
};

async function uiCommand(host: Host, options: UiOptions, version: string): Promise<number> {
  const opened = await host.openProject(projectOptionsOf(options));
  if (!opened.ok) return reportBadInput(host, opened.error);
  const { serve } = await import('../../web/server/serve.ts');
  const { Workbench } = await import('../../web/server/workbench.ts');
  const mayRun = options.allowRun ?? false;
  const project = { ...opened.value.project, readOnly: !mayRun };
  let watched: Watched = { paths: [] };
  const workbench = new Workbench({
    project,
    mayRun,
    hasSettings: options.set.length > 0,
    read: async () => {
      const prepared = await prepare(project, selectionIn(options, [], []));
      watched = watchedBy(host, project.root, prepared.ok ? prepared.value : prepared.error);
      return prepared;
    },
    nextChange: (signal) => nextChange(watched, signal),
    now: host.now,
    signal: host.signal,
  });
  const runs = mayRun
    ? { plan: planRun(host, opened.value, options), token: host.token() }
    : undefined;
  const served = await serve(workbench, {
    page: host.page(),
    port: options.port,
    ...(runs && { runs }),
    onProblem: (problem) => {
      const { text } = describeUnforeseen(problem, version);
      host.stderr.write(`a request from the page failed\n${text}`);
    },
  });
  if (!served.ok) return reportErrors(host, served.error);
  const token = runs ? `#token=${runs.token}` : '';
  const address = `http://127.0.0.1:${served.value.port}/${token}`;
  host.stdout.write(`${address}\n`);
  host.stderr.write(`${mayRun ? 'can start runs' : 'read-only'}; press Ctrl-C to stop\n`);
  if (options.open) host.openBrowser(address);
  await workbench.stay();
  await served.value.close();
  return exitCodes.done;
}

/** The page has no options that use other outputs, so its notes do not name them. */
function selectionIn(...args: Parameters<typeof selectionOf>): Selection {
  const { reuseAcrossBackends: _none, ...selection } = selectionOf(...args);
  return selection;
}

function planRun(host: Host, { project }: OpenProject, options: UiOptions): PlanRun {
  return async ({ targets, force, keepGoing }) => {
    const selection = selectionIn(options, targets, force ? targets : []);
    const prepared = await prepare(project, selection, { runsAtOnce: true });
    if (!prepared.ok) return prepared;
    const run = newRunId(project.layout, new Date(host.now()), host.random());
    const gpus = gpusFor(prepared.value, host);
    return ok({
      run,
      carryOut: (emit, signal) =>
        execute(project, prepared.value, {
          run,
          selection: runSelectionOf(options, targets),
          capacities: { cpu: host.cores, network: 4, memory: host.memory, gpus },
          keepGoing,
          executor: host.makeExecutor(),
          signal: AbortSignal.any([signal, host.signal]),
          emit,
          now: host.now,
        }),
    });
  };
}

function portNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw new InvalidArgumentError('Expected an integer from 1 to 65535.');
}
