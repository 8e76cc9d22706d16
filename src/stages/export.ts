/**
 * `export`: a network in the files that other programs read: ONNX, and a state dict of PyTorch with the module that loads
 * it.
 */
import * as v from 'valibot';
import type { ImageFacts } from '../datasets/image-facts.ts';
import type { ModelDescription } from '../nn/model/description.ts';
import { defineStage, StageError } from '../runner/index.ts';

export const formats = ['onnx', 'pytorch', 'both'] as const;

export const exportStage = defineStage({
  name: 'export',
  description: 'A model as an ONNX file, and as a PyTorch state dict with its module.',
  parameters: v.strictObject({
    format: v.optional(
      v.pipe(
        v.picklist(formats),
        v.description(
          '`onnx` writes model.onnx, `pytorch` writes model.py and model.safetensors, `both` writes all of them.',
        ),
      ),
      'both',
    ),
  }),
  inputs: {
    model: { kind: 'model' },
    /** The data set that the model takes, for the preprocessing and the names of the classes. */
    data: { kind: 'dataset', optional: true },
  },
  outputs: { exported: 'model-file' },
  load: async () => {
    const { writeFileSync } = await import('node:fs');
    const { join } = await import('node:path');
    const { readDataset } = await import('../datasets/dataset-files.ts');
    const { aboutExport } = await import('../nn/export/about.ts');
    const { preprocessingOf } = await import('../nn/export/preprocessing.ts');
    const { writeOnnxExport } = await import('../nn/export/write-onnx.ts');
    const { writePytorchExport } = await import('../nn/export/write-pytorch.ts');
    const { takeModel } = await import('./shared/finite-models.ts');
    const { weightsDigest } = await import('./shared/weights-digest.ts');
    return {
      run: async ({ parameters, input, optionalInput, output, log }) => {
        const source = input('model');
        const data = optionalInput('data');
        const model = takeModel(source);
        const facts = data && readDataset((file) => data.path(file)).facts;
        if (facts) requireSameForm(model.description, facts);
        else log('without the input "data", the mean, the deviation and the classes are left out');
        const preprocessing = preprocessingOf(model.description, facts);
        const about = aboutExport(model, preprocessing, weightsDigest(source));
        const folder = output('exported');
        const json = `${JSON.stringify(preprocessing, null, 2)}\n`;
        writeFileSync(join(folder, 'preprocessing.json'), json);
        if (parameters.format !== 'pytorch') writeOnnxExport(folder, model, about);
        if (parameters.format !== 'onnx') writePytorchExport(folder, model, about);
      },
    };
  },
});

function requireSameForm({ input, classes }: ModelDescription, facts: ImageFacts): void {
  if (input[2] === facts.channels && classes === facts.classes) return;
  const { title, height, width, channels } = facts;
  throw new StageError(
    `the model takes inputs of ${input.join(' x ')} and has ${classes} classes, but ${title} has images of ${height} x ${width} x ${channels} and ${facts.classes} classes`,
    'use the data that the model was trained on',
  );
}
