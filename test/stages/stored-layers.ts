/** The layers and the history of a stored ONNX model. */
import { join } from 'node:path';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import { constantLayers } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { backends } from '../nn/kernels/differentiate.ts';
import { type Folder, json } from './workbench.ts';

export const hasOnnx = backends.includes('onnx');

export const why = hasOnnx ? '' : ' (ONNX Runtime is not installed)';

export function layersOf(folder: Folder) {
  const file = openOnnx(join(folder, 'net.onnx'));
  try {
    const { layers } = constantLayers(file);
    return new Map(layers.map(({ name, read, readBias }) => [name, [read(), readBias()] as const]));
  } finally {
    file.close();
  }
}

export const historyOf = (folder: Folder) =>
  json<{ history: ModelHistory }>(folder, 'model.json').history;
