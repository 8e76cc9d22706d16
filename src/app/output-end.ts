/**
 * Whether what a command wrote to standard output has arrived.
 *
 * A reader that has seen enough (`| head`) closes the pipe: the program then ends quietly, as others do
 * that SIGPIPE ends. Any other error (a full disk) is reported, and the exit code is 1.
 */
import type { Writable } from 'node:stream';
import { hasCode } from '../base/system-error.ts';

/** As a shell reports a program that SIGPIPE ended. */
export const CLOSED_PIPE = 141;

export class OutputEnd {
  private readonly stdout: Writable;
  private problem: Error | undefined;

  /** `onClosed` is called when the reader has closed the pipe. */
  constructor(stdout: Writable, onClosed: () => void) {
    this.stdout = stdout;
    stdout.on('error', (problem: Error) => {
      this.problem ??= problem;
      if (this.isClosed) onClosed();
    });
  }

  get isClosed(): boolean {
    return hasCode(this.problem, 'EPIPE', 'ECONNRESET');
  }

  /** Undefined where all is written; else why not, in words. Waits for the reader. */
  async written(): Promise<string | undefined> {
    if (!this.stdout.destroyed) {
      await new Promise<void>((resolve) => this.stdout.write('', () => resolve()));
    }
    return this.problem?.message;
  }
}
