/** Starts the backend that the key of the stage names. */
import type { BackendName } from '../../../nn/backends/names.ts';
import { type StartedBackend, startBackend } from '../../../nn/backends/start.ts';
import { StageError } from '../../../runner/index.ts';

/** `fact` is the text that is part of the key: 'wasm 4.22.0'. */
export async function startNamed(fact: string, threads = 1): Promise<StartedBackend> {
  const started = await startBackend(fact.split(' ')[0] as BackendName, { threads });
  const found = `${started.name} ${started.version}`;
  if (found === fact) return started;
  throw new StageError(
    `the backend is now ${found}, but it was ${fact} when the plan was made`,
    'delete artifacts/backends.json, then run again',
  );
}

/**
 * The same for products of large matrices whose results are read at once. WebGPU can't return results at once, so wasm
 * multiplies instead. Its version is part of the key, as for any package.
 */
export async function startMultiplying(fact: string, threads: number): Promise<void> {
  if (fact.startsWith('webgpu ')) await startBackend('wasm', { threads });
  else await startNamed(fact, threads);
}
