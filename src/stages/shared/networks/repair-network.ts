/** Repairs one of our own networks: from the inputs of the stage to its output. */
import type { StageContext } from '../../../runner/index.ts';
import { startNamed } from '../backend/computing.ts';
import { giveModel, takeModel } from '../models/finite-models.ts';
import { type RepairedLayer, repairedHistory } from '../moments/repair-layer.ts';
import { calibrationImages, type ImagesAsked } from '../samples/calibration-images.ts';
import { samplesFor } from '../samples/classifier-samples.ts';
import { repairModel, type Side } from './repair-model.ts';

/** The repaired layers. */
export async function repairNetwork(
  context: StageContext<ImagesAsked>,
): Promise<readonly RepairedLayer[]> {
  await startNamed(context.fact('backend'), context.cores);
  const sideOf = async (port: 'model' | 'original'): Promise<Side> => {
    const source = context.input(port);
    const model = takeModel(source);
    const samples = await samplesFor(context, model, source, 'train', 'classifier');
    return { model, images: calibrationImages(samples, context.parameters) };
  };
  const { model, layers } = await repairModel(
    await sideOf('model'),
    await sideOf('original'),
    (fraction, message) => context.progress({ fraction, message }),
  );
  const history = repairedHistory(model.history, layers);
  giveModel(context.output('model'), { ...model, history });
  return layers;
}
