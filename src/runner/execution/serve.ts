/**
 * The child process of `process-executor`. It calls the code of one stage at a time.
 *
 * It does not use `process` itself. The entry of the worker gives it a channel.
 */
import { mkdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ExpectedError, isExpectedError } from '../../base/expected-error.ts';
import { isSystemError } from '../../base/system-error.ts';
import { unreachable } from '../../base/unreachable.ts';
import type {
  GivenFile,
  InputArtifact,
  StageContext,
  StageType,
  StageTypes,
} from '../graph/stage-type.ts';
import { isFull } from '../store/durable.ts';
import type { GivenArtifact, Invocation, Prewarm, StageNews } from './executor.ts';
import { describeFailure, type Failure, storeFailure } from './failure.ts';
import { StageCurve } from './stage-curve.ts';
import { StageLog } from './stage-log.ts';

export type ToWorker =
  | { readonly kind: 'invoke'; readonly invocation: Invocation }
  | { readonly kind: 'prepare'; readonly prewarm: Prewarm }
  | { readonly kind: 'stop' };

export type FromWorker =
  | StageNews
  /** The process has started. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface Channel {
  send(message: FromWorker): void;
  onMessage(listener: (message: ToWorker) => void): void;
  /** The environment variables of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Resolves when everything that was printed is in the pipes, which are not this channel. */
  flush(): Promise<unknown>;
}

export function serve(types: StageTypes, channel: Channel): void {
  let abort: AbortController | undefined;
  let prepared: Promise<void> = Promise.resolve();
  /** Why it could not be prepared. The next stage in this process has it in its log. */
  let unprepared: readonly string[] = [];
  const answer = async (invocation: Invocation, signal: AbortSignal): Promise<void> => {
    await prepared;
    const said = unprepared;
    unprepared = [];
    const end = await callStage(types, invocation, signal, channel, said);
    await channel.flush();
    channel.send(end);
  };
  channel.onMessage((message) => {
    switch (message.kind) {
      case 'stop':
        return abort?.abort();
      case 'prepare':
        prepared = prepared.then(async () => {
          unprepared = [...unprepared, ...(await prepare(types, message.prewarm))];
        });
        return;
      case 'invoke':
        abort = new AbortController();
        void answer(message.invocation, abort.signal);
        return;
      default:
        unreachable(message);
    }
  });
  channel.send({ kind: 'ready' });
}

/**
 * Returns the lines of its failure. It fails no stage: the stage may start in another process, and may run without it.
 */
async function prepare(types: StageTypes, prewarm: Prewarm): Promise<readonly string[]> {
  try {
    const runner = await (await typeOf(prewarm, types)).load();
    const { cores, facts } = prewarm;
    await runner.prepare?.({ cores, ...factsOf(facts) });
    return [];
  } catch (problem) {
    const [headline, ...details] = describeFailure(failureOf(problem, prewarm));
    return [`its process could not be prepared for "${prewarm.type}": ${headline}`, ...details];
  }
}

async function callStage(
  types: StageTypes,
  invocation: Invocation,
  signal: AbortSignal,
  channel: Channel,
  said: readonly string[],
): Promise<FromWorker> {
  const show = (message: string): void => channel.send({ kind: 'log', message });
  const log = new StageLog(invocation.log, show, Date.now);
  const curve = new StageCurve(invocation.log, show);
  for (const line of said) log.add(line);
  try {
    const { run } = await (await typeOf(invocation, types)).load();
    await run(contextOf(invocation, signal, channel, { log, curve }) as StageContext<never>);
    return { kind: 'done' };
  } catch (problem) {
    if (signal.aborted) return { kind: 'failed', failure: { kind: 'stopped' } };
    return { kind: 'failed', failure: failureOf(problem, invocation) };
  } finally {
    log.end();
    curve.end();
  }
}

/** Stage types of the project are loaded from the file that the main process built. */
async function typeOf({ type, module }: Prewarm, types: StageTypes): Promise<StageType> {
  if (module !== undefined) {
    return ((await import(pathToFileURL(module).href)) as { default: StageType }).default;
  }
  const known = types.get(type);
  if (!known) throw new Error(`this worker knows no stage type "${type}"`);
  return known;
}

function failureOf(problem: unknown, { module }: Pick<Invocation, 'module'>): Failure {
  if (isExpectedError(problem)) {
    const { message, advice } = problem;
    return { kind: 'stage', message, ...(advice && { advice }) };
  }
  if (problem instanceof Error && isFull(problem)) return storeFailure(problem);
  const { message, stack } = problem instanceof Error ? problem : new Error(String(problem));
  if (module !== undefined)
    return { kind: 'stage', message, ...(stack && { stack: userStack(stack) }) };
  // A system error, such as a file that cannot be written or a server that does not answer.
  if (isSystemError(problem)) return { kind: 'stage', message };
  return { kind: 'bug', message, ...(stack && { stack }) };
}

/** The stack without lines of this program and of Node. */
function userStack(stack: string): string {
  const here = import.meta.url.slice(0, import.meta.url.lastIndexOf('/') + 1);
  const isOurs = (line: string): boolean =>
    /^\s+at /.test(line) && (line.includes(here) || /\(?node:/.test(line));
  return stack
    .split('\n')
    .filter((line) => !isOurs(line))
    .join('\n');
}

function contextOf(
  { parameters, inputs, outputs, scratch, checkpoints, facts, cores, commandOptions }: Invocation,
  signal: AbortSignal,
  channel: Channel,
  { log, curve }: { readonly log: StageLog; readonly curve: StageCurve },
): StageContext<unknown> {
  const all = (port: string) =>
    (ownOf(inputs, port) ?? []).map((given) => inputArtifact(port, given));
  return {
    parameters,
    input: (port) => need(all(port)[0], `input "${port}"`),
    optionalInput: (port) => all(port)[0],
    inputs: all,
    ports: Object.keys(inputs),
    output: (port) => need(ownOf(outputs, port), `output "${port}"`),
    ...factsOf(facts),
    single: (port) => channel.send({ kind: 'single', port }),
    // Created on demand, because most stages use neither.
    get scratch() {
      mkdirSync(scratch, { recursive: true });
      return scratch;
    },
    get checkpoints() {
      mkdirSync(checkpoints, { recursive: true });
      return checkpoints;
    },
    cores,
    commandOptions,
    environment: channel.environment,
    signal,
    progress: (progress) => channel.send({ kind: 'progress', progress }),
    log: (said) => log.add(said),
    point: (numbers) => curve.add(numbers),
  };
}

function factsOf(facts: Invocation['facts']): Pick<StageContext<unknown>, 'fact' | 'optionalFact'> {
  return {
    fact: (name) => need(ownOf(facts, name), `fact "${name}"`),
    optionalFact: (name) => ownOf(facts, name),
  };
}

function need<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`this stage type declares no ${what}`);
  return value;
}

/**
 * A name may be anything, such as `constructor`, and every object inherits a value for that one.
 */
function ownOf<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function inputArtifact(port: string, { files, single }: GivenArtifact): InputArtifact {
  const names = Object.keys(files);
  const file = (name: string): GivenFile => {
    const found = ownOf(files, name);
    if (found) return found;
    const some = names.slice(0, 10).join(', ');
    const more = names.length > 10 ? ` and ${names.length - 10} more` : '';
    throw new ExpectedError(
      `its input "${port}" has no file "${name}"`,
      `the input holds ${some || 'nothing'}${more}`,
    );
  };
  return { files: names, single, file, path: (name) => file(name).path };
}
