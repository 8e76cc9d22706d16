/**
 * Whether the standard output of a command was written.
 *
 * If the reader closes the pipe (`| head`), the program ends quietly, like programs that SIGPIPE ends. Any other error,
 * such as a full disk, is reported, and the exit code is 1.
 */
import type { Writable } from 'node:stream';
import { hasCode } from '../base/system-error.ts';

/** The exit code of a program that SIGPIPE ended. */
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

  /** Waits for the reader. Undefined if everything was written, else the error message. */
  async written(): Promise<string | undefined> {
    if (!this.stdout.destroyed) {
      await new Promise<void>((resolve) => this.stdout.write('', () => resolve()));
    }
    return this.problem?.message;
  }
}
