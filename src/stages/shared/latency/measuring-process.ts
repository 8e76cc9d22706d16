/**
 * A process with one model, so that its memory is that of this model alone.
 *
 * This file contains both sides. The process runs the same file, because only the file itself knows the name that the
 * build gave it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isExpectedError } from '../../../base/expected-error.ts';
import { installLocation, setInstallLocation } from '../../../nn/backends/install-location.ts';
import type { Feed } from '../../../nn/runtime/feeds.ts';
import { loadRuntime } from '../../../nn/runtime/library.ts';
import { type ModelValue, openModelSession } from '../../../nn/runtime/session.ts';
import { TimedModel } from '../../../nn/runtime/timed-model.ts';
import { StageError } from '../../../runner/index.ts';
import { memoryNow, peakMemory } from './peak-memory.ts';

type Request =
  | { readonly kind: 'open'; readonly model: ModelFile; readonly libraries: string | undefined }
  | { readonly kind: 'warm up'; readonly feeds: readonly Feed[] }
  | { readonly kind: 'time' }
  | { readonly kind: 'usage' };

export interface ModelFile {
  readonly path: string;
  /** For errors. */
  readonly name: string;
  readonly threads: number;
}

export interface Usage {
  /** Milliseconds on processors until now. */
  readonly processor: number;
  /** The most bytes until now, above those before the model was loaded. */
  readonly memory: number;
}

interface Answer {
  readonly value?: unknown;
  readonly problem?: { readonly message: string; readonly advice?: string | undefined };
  readonly bug?: unknown;
}

/** Marks the process. */
const ROLE = 'measuring-process';

if (process.argv[2] === ROLE && process.send) {
  const respond = responder();
  process.on('disconnect', () => process.exit());
  process.on('message', (request: Request) => process.send!(answerTo(request, respond)));
}

function answerTo(request: Request, respond: (request: Request) => unknown): Answer {
  try {
    return { value: respond(request) };
  } catch (problem) {
    if (!isExpectedError(problem)) return { bug: problem };
    return { problem: { message: problem.message, advice: problem.advice } };
  }
}

/** Responds to requests in this process. */
function responder(): (request: Request) => unknown {
  let timed: TimedModel;
  let before = 0;
  return (request) => {
    switch (request.kind) {
      case 'open': {
        const { path, ...options } = request.model;
        if (request.libraries !== undefined) setInstallLocation(request.libraries);
        loadRuntime();
        before = memoryNow();
        const session = openModelSession(path, options);
        timed = new TimedModel(session);
        return session.inputs;
      }
      case 'warm up':
        return timed.warmUp(request.feeds);
      case 'time':
        return timed.time();
      case 'usage': {
        const { user, system } = process.cpuUsage();
        const usage: Usage = {
          processor: (user + system) / 1000,
          memory: Math.max(0, peakMemory() - before),
        };
        return usage;
      }
    }
  };
}

/** The other side: one request at a time. */
export class MeasuringProcess {
  readonly name: string;
  readonly inputs: readonly ModelValue[];
  private readonly channel: Channel;

  private constructor(name: string, channel: Channel, inputs: readonly ModelValue[]) {
    this.name = name;
    this.channel = channel;
    this.inputs = inputs;
  }

  /** @throws StageError if the model can't be loaded */
  static async open(model: ModelFile, signal: AbortSignal): Promise<MeasuringProcess> {
    const channel = new Channel(model.name, signal);
    try {
      const inputs = await channel.ask({ kind: 'open', model, libraries: installLocation() });
      return new MeasuringProcess(model.name, channel, inputs as readonly ModelValue[]);
    } catch (problem) {
      channel.close();
      throw problem;
    }
  }

  async warmUp(feeds: readonly Feed[]): Promise<void> {
    await this.channel.ask({ kind: 'warm up', feeds });
  }

  /** The milliseconds for a batch. */
  async time(): Promise<number> {
    return (await this.channel.ask({ kind: 'time' })) as number;
  }

  async usage(): Promise<Usage> {
    return (await this.channel.ask({ kind: 'usage' })) as Usage;
  }

  close(): void {
    this.channel.close();
  }
}

class Channel {
  private readonly child: ChildProcess;
  private readonly signal: AbortSignal;
  private pending: ((answer: Answer) => void) | undefined;
  private ended: Answer | undefined;

  constructor(name: string, signal: AbortSignal) {
    this.signal = signal;
    // "advanced" passes arrays of numbers as they are.
    this.child = fork(fileURLToPath(import.meta.url), [ROLE], {
      execArgv: [],
      serialization: 'advanced',
    });
    signal.addEventListener('abort', this.close, { once: true });
    this.child.on('message', (answer: Answer) => this.settle(answer));
    this.child.on('error', (problem) => this.end({ bug: problem }));
    this.child.on('exit', (code, killer) => {
      const message = `${name}: the process that measures it ended with ${killer ?? `code ${code}`}`;
      this.end({ problem: { message, advice: 'if memory ran out, measure smaller batches' } });
    });
  }

  async ask(request: Request): Promise<unknown> {
    this.signal.throwIfAborted();
    const { value, problem, bug } = await new Promise<Answer>((resolve) => {
      if (this.ended) resolve(this.ended);
      this.pending = resolve;
      if (!this.ended) this.child.send(request, (failure) => failure && this.end({ bug: failure }));
    });
    this.signal.throwIfAborted();
    if (problem) throw new StageError(problem.message, problem.advice);
    if (bug) throw bug;
    return value;
  }

  readonly close = (): void => {
    this.signal.removeEventListener('abort', this.close);
    this.child.kill('SIGKILL');
  };

  private end(answer: Answer): void {
    this.ended ??= answer;
    this.settle(this.ended);
  }

  private settle(answer: Answer): void {
    this.pending?.(answer);
    this.pending = undefined;
  }
}
