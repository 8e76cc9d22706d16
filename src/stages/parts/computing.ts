/** The backend that the stage's key names, started. */
import type { BackendName } from '../../nn/backends/names.ts';
import { type StartedBackend, startBackend } from '../../nn/backends/start.ts';

/** `fact` is the text that enters the key: 'wasm 4.22.0'. */
export function startNamed(fact: string, threads = 1): Promise<StartedBackend> {
  return startBackend(fact.split(' ')[0] as BackendName, { threads });
}
