/** How good a compressed ONNX model is on training images or on arrays: its accuracy, or its agreement with the original. */
import { join } from 'node:path';
import type { ClassIndices } from '../../../datasets/model-samples.ts';
import { scoreOnnx } from '../../../nn/runtime/score.ts';
import { openModelSession } from '../../../nn/runtime/session.ts';
import { type StageContext, StageError } from '../../../runner/index.ts';
import type { ForeignJson } from '../models/foreign-json.ts';
import { defaultImageInput } from '../models/image-input.ts';
import { onnxData } from '../samples/onnx-samples.ts';
import { inFolder, type Quality } from '../scoring/quality.ts';
import { runtimeFolder } from './named-folder.ts';

export async function foreignQuality(
  context: StageContext<unknown>,
  { format, file, input, classes: output, history }: ForeignJson,
): Promise<Quality> {
  if (format !== 'onnx') {
    throw new StageError(
      `only PyTorch can run "${history.title}", which is stored as safetensors`,
      'compress it at several rates, and score them with a command, as in docs/pytorch.md',
    );
  }
  const scored = async (folder: string, expected?: ClassIndices) => {
    const session = openModelSession(join(folder, file), { name: history.title });
    try {
      const image = input ?? defaultImageInput;
      const { samples } = onnxData(context.input('data'), session, image, 'train');
      const chosen = output === false ? { classifies: false } : { output };
      return await scoreOnnx(session, samples, { ...chosen, expected, signal: context.signal });
    } finally {
      session.dispose();
    }
  };
  const folder = runtimeFolder(context.input('model'), join(context.scratch, 'original'));
  const { classes } = await scored(folder);
  if (!classes) {
    throw new StageError(
      `"${history.title}" predicts no classes, so no rate can be chosen by its predictions`,
      'compress it at several rates, and compare the errors of the outputs',
    );
  }
  const { accuracy, predictions } = classes;
  return {
    name: accuracy === null ? 'agreement' : 'accuracy',
    ofOriginal: async () => accuracy ?? 1,
    of: (write) =>
      inFolder(context, write, async (candidate) => {
        const found = await scored(candidate, predictions);
        return accuracy === null ? found.agreement! : found.classes!.accuracy!;
      }),
  };
}
