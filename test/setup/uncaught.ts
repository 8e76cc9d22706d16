/**
 * Lets Vitest report errors that nobody handles. The WebAssembly backend of tfjs adds listeners that throw them again,
 * which ends the process and loses the files that it would run.
 */
import type { EventEmitter } from 'node:events';

const events: EventEmitter = process;

if (!events.listeners('newListener').some(({ name }) => name === removeRethrowing.name)) {
  events.on('newListener', removeRethrowing);
}

function removeRethrowing(event: string, listener: (...all: unknown[]) => void): void {
  const isOfErrors = event === 'uncaughtException' || event === 'unhandledRejection';
  // The event comes before the listener is added.
  if (isOfErrors && /throw (?:ex|reason);/.test(String(listener))) {
    queueMicrotask(() => events.off(event, listener));
  }
}
