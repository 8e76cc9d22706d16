/** Second moments of the inputs of dense layers of an ONNX model. */
import type { ModelSamples } from '../../../datasets/model-samples.ts';
import { type StageContext, StageError } from '../../../runner/index.ts';
import { selectLayers } from '../layers/layer-selection.ts';
import type { ForeignJson } from '../models/foreign-json.ts';
import { defaultImageInput } from '../models/image-input.ts';
import { requireFewInputs, writeLayerMoments } from '../moments/write-layer-moments.ts';
import type { MomentsAsked } from '../networks/network-moments.ts';
import { calibrationIndices } from '../samples/calibration-images.ts';
import { chosenSamples } from '../samples/chosen-samples.ts';
import { onnxData } from '../samples/onnx-samples.ts';
import type { ForeignLayer } from './foreign-layer.ts';
import { runtimeFolder } from './named-folder.ts';
import { observe } from './observed-inputs.ts';
import { openForeign } from './open-foreign.ts';

/** Bytes of the moments that are in memory together: a pass over the samples costs time. */
const TOGETHER = 2 ** 29;

export async function foreignMoments(
  context: StageContext<MomentsAsked>,
  json: ForeignJson,
): Promise<void> {
  if (json.format !== 'onnx') {
    throw new StageError(
      `only PyTorch can run "${json.history.title}", which is stored as safetensors`,
      'write them with python/second_moments.py, and give them to a stage of the type "whiten"',
    );
  }
  const { parameters, progress, signal } = context;
  const source = context.input('model');
  const folder = runtimeFolder(source, context.scratch);
  const file = await openForeign(json, source, context.scratch);
  try {
    const dense = file.layers.filter(({ kind }) => kind === 'dense');
    const all = [...file.layers, ...file.whole];
    const layers = selectLayers(dense, parameters.layers ?? 'dense', all);
    for (const { name, shape } of layers) requireFewInputs(name, shape[1]!);
    let done = 0;
    for (const group of groupsOf(layers)) {
      progress({
        fraction: done / layers.length,
        message: group.map(({ name }) => name).join(', '),
      });
      done += group.length;
      const observed = observe(file, group, folder, done);
      try {
        const image = json.input ?? defaultImageInput;
        const { samples } = onnxData(context.input('data'), observed.session, image, 'train');
        const { calibration, heldOut } = calibrationIndices(classesOf(samples), parameters);
        const of = (indices: Uint32Array) =>
          observed.moments(chosenSamples(samples, indices), signal);
        const fitted = await of(calibration);
        const others = heldOut.length > 0 ? await of(heldOut) : undefined;
        for (const layer of group) {
          const { name, shape } = layer;
          const weight = { rows: shape[0]!, cols: shape[1]!, data: layer.read() };
          const moments = { calibration: fitted.get(name)!, heldOut: others?.get(name) };
          writeLayerMoments(context.output('moments'), name, weight, moments);
        }
      } finally {
        observed.dispose();
      }
    }
  } finally {
    file.close();
  }
}

/** Samples without labels are of one class. */
export function classesOf({ labels, count }: ModelSamples): ArrayLike<number> {
  return labels ?? new Uint8Array(count);
}

function groupsOf(layers: readonly ForeignLayer[]): readonly (readonly ForeignLayer[])[] {
  const groups: ForeignLayer[][] = [];
  let room = 0;
  for (const layer of layers) {
    // Of the calibration samples and of the others.
    const bytes = 2 * Float64Array.BYTES_PER_ELEMENT * layer.shape[1]! ** 2;
    if (groups.length === 0 || bytes > room) {
      groups.push([]);
      room = TOGETHER;
    }
    groups.at(-1)!.push(layer);
    room -= bytes;
  }
  return groups;
}
