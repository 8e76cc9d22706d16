/** Second moments of the inputs of the dense layers of one of our own networks. */
import type { Samples } from '../../../datasets/samples.ts';
import { inputBatches } from '../../../nn/layer-inputs.ts';
import type { StageContext } from '../../../runner/index.ts';
import { startNamed } from '../backend/computing.ts';
import { type LayerSelection, selectLayers } from '../layers/layer-selection.ts';
import { finitely, takeModel } from '../models/finite-models.ts';
import { momentsOf } from '../moments/layer-moments.ts';
import { requireFewInputs, writeLayerMoments } from '../moments/write-layer-moments.ts';
import { calibrationImages, type ImagesAsked } from '../samples/calibration-images.ts';
import { samplesFor } from '../samples/classifier-samples.ts';
import { denseLayers, weightOf } from './dense-layers.ts';

export interface MomentsAsked extends ImagesAsked {
  readonly layers: LayerSelection | null;
}

export async function networkMoments(context: StageContext<MomentsAsked>): Promise<void> {
  await startNamed(context.fact('backend'), context.cores);
  const source = context.input('model');
  const model = takeModel(source);
  const { parameters, progress } = context;
  // The last layer computes the classes, and is not compressed.
  const layers = selectLayers(
    denseLayers(model.description).slice(0, -1),
    parameters.layers ?? 'dense',
  );
  for (const layer of layers) requireFewInputs(layer.name, layer.in);
  const samples = await samplesFor(context, model, source, 'train', 'classifier');
  const { calibration, heldOut } = calibrationImages(samples, parameters);
  for (const [i, { name, in: inputs }] of layers.entries()) {
    progress({ fraction: i / layers.length, message: name });
    const of = (some: Samples) =>
      finitely(model, momentsOf(inputs, inputBatches(model, some, name)));
    const found = {
      calibration: await of(calibration),
      ...(heldOut.count > 0 && { heldOut: await of(heldOut) }),
    };
    writeLayerMoments(context.output('moments'), name, weightOf(model, name), found);
  }
}
