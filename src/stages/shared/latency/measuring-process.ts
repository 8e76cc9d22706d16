/** A process with one model, as the stage that measures it sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { installLocation } from '../../../nn/backends/install-location.ts';
import type { Feed } from '../../../nn/runtime/feeds.ts';
import type { ModelValue } from '../../../nn/runtime/session.ts';
import { StageError } from '../../../runner/index.ts';
import { workerFile } from '../backend/worker-file.ts';
import {
  type Answer,
  MODEL_PROCESS,
  type ModelFile,
  type Request,
  type Usage,
} from './model-messages.ts';

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
    this.child = fork(workerFile(), [MODEL_PROCESS], { execArgv: [], serialization: 'advanced' });
    signal.addEventListener('abort', this.close, { once: true });
    this.child.on('message', (answer: Answer) => this.settle(answer));
    this.child.on('error', ({ message }) =>
      this.end(`${name}: the process that measures it can't be started: ${message}`),
    );
    this.child.on('exit', (code, killer) =>
      this.end(
        `${name}: the process that measures it ended with ${killer ?? `code ${code}`}`,
        'the log shows what it printed; if memory ran out, measure smaller batches',
      ),
    );
  }

  async ask(request: Request): Promise<unknown> {
    this.signal.throwIfAborted();
    const answer = await new Promise<Answer>((resolve) => {
      if (this.ended) return resolve(this.ended);
      this.pending = resolve;
      // 'exit' reports a dead process.
      this.child.send(request, () => undefined);
    });
    this.signal.throwIfAborted();
    if ('value' in answer) return answer.value;
    throw new StageError(answer.problem.message, answer.problem.advice);
  }

  readonly close = (): void => {
    this.signal.removeEventListener('abort', this.close);
    this.child.kill('SIGKILL');
  };

  private end(message: string, advice?: string): void {
    this.ended ??= { problem: { message, advice } };
    this.settle(this.ended);
  }

  private settle(answer: Answer): void {
    this.pending?.(answer);
    this.pending = undefined;
  }
}
