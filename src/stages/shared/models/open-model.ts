/** Model artifacts of any form. */
import type { InputArtifact } from '../../../runner/index.ts';
import { takeModel } from '../finite-models.ts';
import type { CompressibleModel } from './compressible-model.ts';
import { foreignJsonOf } from './foreign-json.ts';
import { foreignModel } from './foreign-model.ts';
import { networkModel } from './network-model.ts';
import { openForeign } from './open-foreign.ts';

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
