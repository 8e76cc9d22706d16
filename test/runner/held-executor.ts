/** The executor of the rig: a test holds a stage, decides when it continues, or replaces its code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../src/base/result.ts';
import type {
  Executor,
  Invocation,
  Prewarm,
  StageNews,
} from '../../src/runner/execution/executor.ts';
import type { Failure } from '../../src/runner/execution/failure.ts';
import { canonical } from '../../src/runner/key/canonical.ts';

/** The text that the `make` stage writes. */
export function madeText(parameters: Invocation['parameters'], inputs: readonly string[]): string {
  const parts = parameters.constant ? [] : inputs;
  return canonical({ text: parameters.text!, inputs: [...parts].sort() });
}

interface Held {
  readonly invocation: Invocation;
  progress(fraction: number): void;
  print(message: string): void;
  finish(): void;
  fail(failure: Failure): void;
}

export class HeldExecutor implements Executor {
  /** How often each stage was invoked, by its `name` parameter. */
  readonly counts = new Map<string, number>();
  private readonly held = new Set<string>();
  private readonly waiting = new Map<string, Held>();
  private readonly arrivals = new Map<string, () => void>();
  /** Replaces the code of a stage, by name. */
  readonly instead = new Map<string, (invocation: Invocation) => Result<void, Failure>>();

  /** The prewarmed processes, except for the first one. */
  readonly prepared: Prewarm[] = [];

  /** Makes a stage write these files into its output, and its name into its note. */
  writes(name: string, files: Readonly<Record<string, string>>): void {
    this.instead.set(name, ({ outputs }) => {
      for (const [path, text] of Object.entries(files))
        writeFileSync(join(outputs.out!, path), text);
      writeFileSync(join(outputs.other!, 'note.txt'), name);
      return ok(undefined);
    });
  }

  hold(...names: string[]): void {
    for (const name of names) this.held.add(name);
  }

  /** Resolves when the stage was invoked. */
  async next(name: string): Promise<Held> {
    if (!this.waiting.has(name)) {
      await new Promise<void>((resolve) => this.arrivals.set(name, resolve));
    }
    const held = this.waiting.get(name)!;
    this.waiting.delete(name);
    return held;
  }

  isWaiting(name: string): boolean {
    return this.waiting.has(name);
  }

  execute(
    invocation: Invocation,
    signal: AbortSignal,
    report: (news: StageNews) => void,
  ): Promise<Result<void, Failure>> {
    const name = String(invocation.parameters.name);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    const instead = this.instead.get(name);
    if (instead) return Promise.resolve(instead(invocation));
    if (!this.held.has(name)) return Promise.resolve(this.write(invocation));
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(fail({ kind: 'stopped' })), { once: true });
      this.waiting.set(name, {
        invocation,
        progress: (fraction) => report({ kind: 'progress', progress: { fraction } }),
        print: (message) => report({ kind: 'log', message }),
        finish: () => resolve(this.write(invocation)),
        fail: (failure) => resolve(fail(failure)),
      });
      this.arrivals.get(name)?.();
    });
  }

  prepare(prewarm?: Prewarm): void {
    if (prewarm) this.prepared.push(prewarm);
  }

  close(): void {}

  private write({ parameters, inputs, outputs }: Invocation): Result<void, Failure> {
    const texts = Object.values(inputs)
      .flat()
      .map((files) => readFileSync(files.files['value.txt']!.path, 'utf8'));
    writeFileSync(join(outputs.out!, 'value.txt'), madeText(parameters, texts));
    writeFileSync(join(outputs.other!, 'note.txt'), String(parameters.name));
    return ok(undefined);
  }
}
