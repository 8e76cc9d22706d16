/** The files `model.py` and `model.safetensors` of a network. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '../../safetensors/safetensors.ts';
import type { Network } from '../model/weights.ts';
import type { About } from './about.ts';
import { stateDict, torchLayers } from './pytorch-layers.ts';
import { moduleText } from './pytorch-module.ts';

export function writePytorchExport(
  folder: string,
  network: Network,
  { text, metadata }: About,
): void {
  writeFileSync(join(folder, 'model.py'), moduleText(text));
  const layers = JSON.stringify(torchLayers(network.description));
  writeSafetensors(join(folder, 'model.safetensors'), {
    tensors: stateDict(network),
    // Libraries of Hugging Face expect the format.
    metadata: { format: 'pt', layers, ...metadata },
  });
}
