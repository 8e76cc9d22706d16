/** Opens a model artifact of any form. */
import type { InputArtifact } from '../../../runner/index.ts';
import { takeModel } from '../finite-models.ts';
import type { CompressibleModel } from './compressible-model.ts';
import { foreignJsonOf } from './foreign-json.ts';
import { foreignModel } from './foreign-model.ts';
import { networkModel } from './network-model.ts';
import { openForeign } from './open-foreign.ts';

/** The caller closes it. */
export async function openModel(
  source: InputArtifact,
  scratch: string,
): Promise<CompressibleModel> {
  const json = foreignJsonOf(source);
  if (!json) return networkModel(takeModel(source));
  return foreignModel(json, await openForeign(json, source, scratch));
}
