import { expect, it } from 'vitest';
import { startBackend } from '../../../src/nn/backends/start.ts';

it('an error that nobody handles is left to Vitest after the WebAssembly backend has started', async () => {
  await startBackend('wasm');
  expect(process.listenerCount('uncaughtException')).toBe(1);
  expect(process.listenerCount('unhandledRejection')).toBe(1);
});
