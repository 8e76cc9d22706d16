/** Opens a model artifact of any form. */
import { readFileSync } from 'node:fs';
import type { InputArtifact } from '../../../runner/index.ts';
import { takeModel } from '../finite-models.ts';
import type { CompressibleModel } from './compressible-model.ts';
import { type ForeignJson, isForeign, parseForeignJson } from './foreign-json.ts';
import { foreignModel } from './foreign-model.ts';
import { networkModel } from './network-model.ts';

/** The caller closes it. */
export async function openModel(source: InputArtifact): Promise<CompressibleModel> {
  const json = foreignJsonOf(source);
  return json
    ? foreignModel(json, await openForeign(source, json))
    : networkModel(takeModel(source));
}

/** `undefined` if it is one of our own networks. */
export function foreignJsonOf(source: InputArtifact): ForeignJson | undefined {
  if (!source.files.includes('model.json')) return undefined;
  const text = readFileSync(source.path('model.json'), 'utf8');
  return isForeign(text) ? parseForeignJson(text) : undefined;
}

async function openForeign(source: InputArtifact, json: ForeignJson) {
  switch (json.format) {
    case 'onnx': {
      const { openOnnxModel } = await import('./onnx-model.ts');
      return openOnnxModel(source, json);
    }
    case 'safetensors': {
      const { openTensorModel } = await import('./tensor-model.ts');
      return openTensorModel(source, json);
    }
  }
}
