/** The backend that the stage's key names, started. */
import type { BackendName } from '../../nn/backends/names.ts';
import { type StartedBackend, startBackend } from '../../nn/backends/start.ts';
import { StageError } from '../../runner/index.ts';

/** `fact` is the text that enters the key: 'wasm 4.22.0'. */
export async function startNamed(fact: string, threads = 1): Promise<StartedBackend> {
  const started = await startBackend(fact.split(' ')[0] as BackendName, { threads });
  const found = `${started.name} ${started.version}`;
  if (found === fact) return started;
  throw new StageError(
    `the backend that starts is ${found}, not ${fact} as it was found before`,
    'delete artifacts/backends.json, then run again',
  );
}

/**
 * The same, for products of large matrices that are read back at once. WebGPU can't: there wasm multiplies,
 * whose version is in the key as that of any package.
 */
export async function startMultiplying(fact: string, threads: number): Promise<void> {
  if (fact.startsWith('webgpu ')) await startBackend('wasm', { threads });
  else await startNamed(fact, threads);
}
