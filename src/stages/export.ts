/**
 * `export`: a network in the files that other programs read: ONNX, and a state dict of PyTorch with the module that loads
 * it.
 */
import * as v from 'valibot';
import { defineStage } from '../runner/index.ts';

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
    const { datasetFacts } = await import('../datasets/dataset-files.ts');
    const { aboutExport } = await import('../nn/export/about.ts');
    const { preprocessingOf } = await import('../nn/export/preprocessing.ts');
    const { writeOnnxExport } = await import('../nn/export/write-onnx.ts');
    const { writePytorchExport } = await import('../nn/export/write-pytorch.ts');
    const { takeModel } = await import('./shared/models/finite-models.ts');
    const { requireFit } = await import('./shared/samples/network-data.ts');
    const { weightsDigest } = await import('./shared/models/weights-digest.ts');
    return {
      run: async ({ parameters, input, optionalInput, output, log }) => {
        const source = input('model');
        const data = optionalInput('data');
        const model = takeModel(source);
        const facts = data && datasetFacts((file) => data.path(file));
        if (facts) requireFit(model.description, facts);
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
