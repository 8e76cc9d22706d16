/**
 * The other side of `process-executor`: answers invocations in a child process, one at a time.
 *
 * Does not touch `process` itself; the worker's entry hands it a channel.
 */
import {
  type InputArtifact,
  type StageContext,
  StageError,
  type StageType,
  type StageTypes,
} from '../graph/stage-type.ts';
import { isFull } from '../store/durable.ts';
import type { Invocation, StageNews } from './executor.ts';
import { type Failure, storeFailure } from './failure.ts';

export type ToWorker =
  | { readonly kind: 'invoke'; readonly invocation: Invocation }
  | { readonly kind: 'stop' };

export type FromWorker =
  | StageNews
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface Channel {
  send(message: FromWorker): void;
  onMessage(listener: (message: ToWorker) => void): void;
  /** Resolves when what was printed is on its way: its pipes are others than this channel. */
  flush(): Promise<unknown>;
}

export function serve(types: StageTypes, channel: Channel): void {
  let abort: AbortController | undefined;
  channel.onMessage((message) => {
    if (message.kind === 'stop') {
      abort?.abort();
      return;
    }
    abort = new AbortController();
    const { invocation } = message;
    const type = types.get(invocation.type);
    if (!type) throw new Error(`this worker knows no stage type "${invocation.type}"`);
    void runStage(type, invocation, abort.signal, channel).then(async (answer) => {
      await channel.flush();
      channel.send(answer);
    });
  });
}

async function runStage(
  type: StageType,
  invocation: Invocation,
  signal: AbortSignal,
  channel: Channel,
): Promise<FromWorker> {
  try {
    const { run } = await type.load();
    await run(contextOf(invocation, signal, channel) as StageContext<never>);
    return { kind: 'done' };
  } catch (problem) {
    if (signal.aborted) return { kind: 'failed', failure: { kind: 'stopped' } };
    return { kind: 'failed', failure: failureOf(problem) };
  }
}

function failureOf(problem: unknown): Failure {
  if (problem instanceof StageError) {
    const { message, advice } = problem;
    return { kind: 'stage', message, ...(advice && { advice }) };
  }
  if (problem instanceof Error && isFull(problem)) return storeFailure(problem);
  const { message, stack } = problem instanceof Error ? problem : new Error(String(problem));
  return { kind: 'stage', message, ...(stack && { stack }) };
}

function contextOf(
  { parameters, inputs, outputs, checkpoints, facts, cores }: Invocation,
  signal: AbortSignal,
  channel: Channel,
): StageContext<unknown> {
  const all = (port: string) => (inputs[port] ?? []).map(inputArtifact);
  const need = <T>(value: T | undefined, what: string): T => {
    if (value === undefined) throw new Error(`this stage type declares no ${what}`);
    return value;
  };
  return {
    parameters,
    input: (port) => need(all(port)[0], `input "${port}"`),
    optionalInput: (port) => all(port)[0],
    inputs: all,
    output: (port) => need(outputs[port], `output "${port}"`),
    fact: (name) => need(facts[name], `fact "${name}"`),
    checkpoints,
    cores,
    signal,
    progress: (progress) => channel.send({ kind: 'progress', progress }),
    log: (message) => channel.send({ kind: 'log', message }),
  };
}

function inputArtifact(paths: Readonly<Record<string, string>>): InputArtifact {
  return {
    files: Object.keys(paths),
    path: (file) => {
      const path = paths[file];
      if (path === undefined) throw new Error(`the artifact has no file "${file}"`);
      return path;
    },
  };
}
