/** The messages of the server as signals. A change of a stage redraws only its own node. */
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
  /** When the server reported the progress, by the clock of the page. */
  reportedAt: number;
}

export interface GroupView {
  readonly counts: Counts;
  /** The instances that run now. */
  readonly running: readonly Instance[];
}

export const pipeline = signal<PipelineMessage | undefined>(undefined);
export const run = signal<{ readonly status: RunStatus; readonly reportedAt: number } | undefined>(
  undefined,
);
export const connected = signal(true);
/** By the groups' places. */
export const groups = signal<readonly Signal<GroupView>[]>([]);
/** Increases when the pipeline was read again: details of stages may have changed. */
export const readings = signal(0);
/** Increases when a state changes, for views of many stages. */
export const version = signal(0);
export const totals = signal<Counts>({});
/** A sentence for screen readers. */
export const announcement = signal('');
/** Milliseconds. It advances only while a stage runs. */
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
        one.reportedAt = Date.now();
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
    const one: Instance = { id, group, state, doing, seconds, lines: 0, reportedAt: Date.now() };
    instances.push(one);
    byId.set(id, one);
    members[group]!.push(one);
  }
  readings.value++;
  document.title = `${message.name} – pipeline`;
  const before = pipeline.peek()?.groups;
  // The same stages keep their nodes. Only their content changes.
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
    const known = before !== undefined || status.state === 'running';
    if (known) announcement.value = `run ${status.run}: ${describeState(status)}`;
  } else if (status && before && status.failures.length > before.failures.length) {
    announcement.value = `${status.failures.at(-1)!.stage} failed`;
  }
  run.value = status && { status, reportedAt: Date.now() };
}

export function describeState({ state, failures }: RunStatus): string {
  switch (state) {
    case 'running':
      return 'running';
    case 'failed':
      return `${failures.length} failed`;
    case 'unfinished':
      return 'was killed';
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

/** 0 to 1, from its progress or from its last duration; undefined if neither is known. */
export function fractionOf(
  { doing, seconds, reportedAt }: Instance,
  now: number,
): number | undefined {
  if (doing?.fraction !== undefined) return doing.fraction;
  const ran = secondsRun({ doing, reportedAt }, now);
  if (ran === undefined || !seconds) return undefined;
  // An estimate never reaches the end.
  return Math.min(0.97, ran / seconds);
}

export function secondsRun(
  { doing, reportedAt }: Pick<Instance, 'doing' | 'reportedAt'>,
  now: number,
): number | undefined {
  return doing?.seconds === undefined
    ? undefined
    : doing.seconds + Math.max(0, now - reportedAt) / 1000;
}
