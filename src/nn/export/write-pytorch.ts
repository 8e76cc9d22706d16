/** The files `model.py` and `model.safetensors` of a network. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '../model/safetensors.ts';
import type { Network } from '../model/weights.ts';
import type { About } from './about.ts';
import { moduleText, stateDict } from './pytorch-module.ts';

export function writePytorchExport(folder: string, network: Network, about: About): void {
  writeFileSync(join(folder, 'model.py'), moduleText(network.description, about.text));
  writeSafetensors(join(folder, 'model.safetensors'), {
    tensors: stateDict(network),
    // Libraries of Hugging Face expect the format.
    metadata: { format: 'pt', ...about.metadata },
  });
}
