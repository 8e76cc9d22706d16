/** Plans and runs of a project with a remote cache. */
import type { Event, RunFinished } from '../../../src/runner/execution/event.ts';
import {
  execute,
  type Fetching,
  type OpenedRemote,
  type Prepared,
  type Project,
  prepare,
  type Remote,
} from '../../../src/runner/index.ts';
import type { Rig } from '../rig.ts';

/** Two waves: a plan knows only the keys of the first one. */
export const text = `
stages:
  a: { uses: make, with: { name: a, text: a } }
  b: { uses: make, with: { name: b, text: b } }
  c: { uses: make, with: { name: c }, inputs: { from: [a, b] } }
  d: { uses: make, with: { name: d }, inputs: { from: c } }
`;

export interface RemoteOptions {
  readonly writes?: boolean;
  readonly remote: Remote | undefined;
  readonly policy?: Omit<OpenedRemote, 'remote'>;
  readonly document?: string;
  readonly fetching?: Fetching;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: Event) => void;
}

function projectOf(
  rig: Rig,
  { writes = false, remote, policy, document = text }: RemoteOptions,
): Project {
  return {
    ...rig.project(document),
    remote: { open: async () => remote && { remote, ...policy }, writes },
  };
}

export async function planOf(rig: Rig, options: RemoteOptions): Promise<Prepared> {
  const selection = { configs: [], settings: [], targets: [], forced: [] };
  const prepared = await prepare(projectOf(rig, options), selection, { runsAtOnce: true });
  if (!prepared.ok) throw new Error(JSON.stringify(prepared.error.diagnostics));
  return prepared.value;
}

let runs = 0;

export async function run(
  rig: Rig,
  options: RemoteOptions,
): Promise<{ finished: RunFinished; events: Event[]; notes: readonly string[] }> {
  const prepared = await planOf(rig, options);
  const events: Event[] = [];
  const finished = await execute(rig.project(options.document ?? text), prepared, {
    run: `remote-${runs++}`,
    now: () => 1_700_000_000_000,
    emit: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
    capacities: { cpu: 4, network: 4 },
    keepGoing: false,
    fetching: options.fetching,
    executor: rig.executor,
    signal: options.signal ?? new AbortController().signal,
  });
  return { finished, events, notes: prepared.notes };
}

export const warningsIn = (events: readonly Event[]): string[] =>
  events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
