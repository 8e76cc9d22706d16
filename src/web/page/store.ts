/** What the server has told, as signals: a change of a stage draws its own node anew and no other. */
import { batch, type Signal, signal } from '@preact/signals';
import type { Doing, PipelineMessage, RunStatus, ServerMessage, StageState } from '../messages.ts';
import type { Counts } from './states.ts';

export interface Instance {
  readonly id: string;
  readonly group: number;
  seconds: number | undefined;
  state: StageState;
  doing: Doing | undefined;
  lines: number;
  /** When the server said how far it is, by the clock of the page. */
  toldAt: number;
}

export interface GroupView {
  readonly counts: Counts;
  /** The instances that run now. */
  readonly running: readonly Instance[];
}

export const pipeline = signal<PipelineMessage | undefined>(undefined);
export const run = signal<{ readonly status: RunStatus; readonly toldAt: number } | undefined>(
  undefined,
);
export const connected = signal(true);
/** By the groups' places. */
export const groups = signal<readonly Signal<GroupView>[]>([]);
/** Counts up whenever the pipeline was read anew: what is known of its stages may be other then. */
export const readings = signal(0);
/** Counts up whenever a state changes, for those who show many. */
export const version = signal(0);
export const totals = signal<Counts>({});
/** A sentence now and then, for those who listen. */
export const announcement = signal('');
/** Milliseconds; moves only while something runs. */
export const clock = signal(Date.now());

export const instances: Instance[] = [];
export const byId = new Map<string, Instance>();
let members: Instance[][] = [];

export function membersOf(group: number): readonly Instance[] {
  return members[group] ?? [];
}

export function receive(message: ServerMessage): void {
  batch(() => {
    if (message.type === 'pipeline') takePipeline(message);
    else if (message.type === 'run') takeRun(message.run);
    else {
      const touched = new Set<number>();
      for (const [place, state, doing, lines] of message.changes) {
        const one = instances[place];
        if (!one) continue;
        one.state = state;
        one.doing = doing ?? undefined;
        one.lines = lines;
        one.toldAt = Date.now();
        if (state === 'done' && doing?.seconds !== undefined) one.seconds = doing.seconds;
        touched.add(one.group);
      }
      for (const group of touched) groups.value[group]!.value = viewOf(members[group]!);
      count();
    }
  });
}

function takePipeline(message: PipelineMessage): void {
  instances.length = 0;
  byId.clear();
  members = message.groups.map(() => []);
  for (const { id, group, state, doing, seconds } of message.stages) {
    const one: Instance = { id, group, state, doing, seconds, lines: 0, toldAt: Date.now() };
    instances.push(one);
    byId.set(id, one);
    members[group]!.push(one);
  }
  readings.value++;
  document.title = `${message.name} – pipeline`;
  const before = pipeline.peek()?.groups;
  // The same stages keep their nodes: only what they show changes.
  if (before && JSON.stringify(before) === JSON.stringify(message.groups)) {
    for (const [i, group] of groups.peek().entries()) group.value = viewOf(members[i]!);
    pipeline.value = { ...message, groups: before };
  } else {
    groups.value = members.map((own) => signal(viewOf(own)));
    pipeline.value = message;
  }
  count();
}

function takeRun(status: RunStatus | undefined): void {
  const before = run.peek()?.status;
  if (status && (before?.run !== status.run || before.state !== status.state)) {
    const known = before !== undefined || status.state === 'live';
    if (known) announcement.value = `run ${status.run}: ${describeState(status)}`;
  } else if (status && before && status.failures.length > before.failures.length) {
    announcement.value = `${status.failures.at(-1)!.stage} failed`;
  }
  run.value = status && { status, toldAt: Date.now() };
}

export function describeState({ state, failures }: RunStatus): string {
  switch (state) {
    case 'live':
      return 'running';
    case 'failed':
      return `${failures.length} failed`;
    case 'unfinished':
      return 'ended without an end: it was killed';
    default:
      return state;
  }
}

function viewOf(own: readonly Instance[]): GroupView {
  return { counts: countsOf(own), running: own.filter(({ state }) => state === 'running') };
}

function count(): void {
  totals.value = countsOf(instances);
  version.value++;
}

function countsOf(all: readonly Instance[]): Counts {
  const counts: Partial<Record<StageState, number>> = {};
  for (const { state } of all) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** 0 to 1, by what it tells or by what it took the last time; undefined where neither is known. */
export function fractionOf({ doing, seconds, toldAt }: Instance, now: number): number | undefined {
  if (doing?.fraction !== undefined) return doing.fraction;
  const ran = secondsRun({ doing, toldAt }, now);
  if (ran === undefined || !seconds) return undefined;
  // It is never whole before it says so.
  return Math.min(0.97, ran / seconds);
}

export function secondsRun(
  { doing, toldAt }: Pick<Instance, 'doing' | 'toldAt'>,
  now: number,
): number | undefined {
  return doing?.seconds === undefined
    ? undefined
    : doing.seconds + Math.max(0, now - toldAt) / 1000;
}
