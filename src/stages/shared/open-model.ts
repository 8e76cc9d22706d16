/** Model artifacts of any form. */
import type { InputArtifact } from '../../runner/index.ts';
import type { CompressibleModel } from './compression/compressible-model.ts';
import { foreignModel } from './foreign/foreign-model.ts';
import { openForeign } from './foreign/open-foreign.ts';
import { takeModel } from './models/finite-models.ts';
import { foreignJsonOf } from './models/foreign-json.ts';
import { networkModel } from './networks/network-model.ts';

/** Closes the files of the model at the end. */
export async function withModel<T>(
  source: InputArtifact,
  scratch: string,
  use: (model: CompressibleModel) => Promise<T>,
): Promise<T> {
  const json = foreignJsonOf(source);
  const model = json
    ? foreignModel(json, await openForeign(json, source, scratch))
    : networkModel(takeModel(source));
  try {
    return await use(model);
  } finally {
    model.close();
  }
}
