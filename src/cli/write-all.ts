/** Writes long output at the speed of its reader, and stops when the reader closes it. */
import { setImmediate } from 'node:timers/promises';
import type { Host } from './host.ts';

/** Resolves when more may be written. After an abort, or if the reader closed the output, it writes nothing. */
export function writerTo({ stdout, signal }: Host): (text: string) => Promise<void> {
  return async (text) => {
    if (signal.aborted || stdout.destroyed) return;
    if (stdout.write(text)) {
      // Signals are handled only between two turns of the event loop.
      await setImmediate();
      return;
    }
    await new Promise<void>((resolve) => {
      const end = (): void => {
        stdout.off('drain', end).off('close', end).off('error', end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      stdout.on('drain', end).on('close', end).on('error', end);
      signal.addEventListener('abort', end);
    });
  };
}
