/**
 * `measure-layers`: the times of each layer of an ONNX model on this machine, whole and factored at some ranks. A budget
 * in milliseconds reads the table.
 */
import * as v from 'valibot';
import { defineStage, StageError } from '../runner/index.ts';
import { convolutionSchemes } from './decompose.ts';
import {
  aloneOnMachine,
  countOf,
  runsParameter,
  threadsParameter,
} from './shared/latency/parameters.ts';
import { patternsSchema } from './shared/layers/layer-selection.ts';
import { formParameter } from './shared/ranks/form-parameter.ts';

export const measureLayers = defineStage({
  name: 'measure-layers',
  description: 'Times of the layers of an ONNX model, whole and factored.',
  parameters: v.strictObject({
    layers: v.optional(v.union([v.picklist(['dense', 'all']), patternsSchema]), 'dense'),
    scheme: v.optional(
      v.pipe(
        v.picklist(convolutionSchemes.filter((one) => one !== 'tucker')),
        v.description('How a convolution is factored.'),
      ),
      'channel',
    ),
    form: formParameter,
    rates: v.optional(
      v.pipe(
        v.array(v.pipe(v.number(), v.minValue(1))),
        v.minLength(1),
        v.description('The rates whose ranks are measured.'),
      ),
      [1.25, 1.5, 2, 3, 4, 6, 8],
    ),
    batch: v.optional(v.pipe(countOf(1), v.description('The size of the batch.')), 1),
    ...threadsParameter,
    ...runsParameter,
  }),
  inputs: { model: { kind: 'model' } },
  outputs: { times: 'times' },
  environment: ['processor', 'runtime'],
  ...aloneOnMachine,
  load: async () => {
    // It runs in the processes of the models. It is imported here because all code of a stage is part of its key.
    await import('./shared/latency/serve-model.ts');
    const { join } = await import('node:path');
    const { openOnnx } = await import('../onnx/open.ts');
    const { isNoisy } = await import('../report/latency.ts');
    const { measureLayer, requireShapes } = await import('./shared/latency/measure-layers.ts');
    const { factorsOf, writeTimes } = await import('./shared/latency/layer-times.ts');
    const { foreignJsonOf } = await import('./shared/models/foreign-json.ts');
    const { runtimeFolder } = await import('./shared/foreign/named-folder.ts');
    const { openOnnxModel } = await import('./shared/foreign/onnx-model.ts');
    const { selectLayers } = await import('./shared/layers/layer-selection.ts');
    return {
      run: async (context) => {
        const { parameters, scratch, signal, log, progress } = context;
        const source = context.input('model');
        const json = foreignJsonOf(source);
        if (json?.format !== 'onnx') {
          throw new StageError(
            'its input "model" is not an ONNX model',
            'export the model to ONNX, and read it by a stage of the type "model"',
          );
        }
        const folder = runtimeFolder(source, scratch);
        const described = openOnnxModel(source, json.file);
        const file = openOnnx(join(folder, json.file));
        try {
          const all = [...described.layers, ...described.whole];
          const selected = selectLayers(described.layers, parameters.layers, all);
          requireShapes(
            file,
            selected.map(({ name }) => name),
          );
          const measuring = { ...parameters, scratch, signal };
          const times = [];
          const measurements = [];
          for (const [i, { name }] of selected.entries()) {
            progress({ fraction: i / selected.length, message: name });
            const found = await measureLayer(file, folder, name, measuring);
            if (!found) {
              log(`${name} stays as it is: the scheme "${parameters.scheme}" does not split it`);
              continue;
            }
            times.push(found.time);
            measurements.push(...found.measurements);
          }
          if (times.length === 0) {
            throw new StageError(
              `"layers" selects no layer of the model "${json.history.title}" that can be factored`,
              'select others, such as layers: ["*"]',
            );
          }
          const noisy = measurements.filter(isNoisy).length;
          if (noisy > 0) {
            log(
              `${noisy} of ${measurements.length} measurements are noisy: times vary, or other programs use the processor`,
            );
          }
          const { threads, batch, scheme, form } = parameters;
          writeTimes(context.output('times'), {
            processor: context.fact('processor'),
            onnxruntime: context.fact('runtime').replace(/^onnxruntime /, ''),
            ...{ threads, batch, scheme, factors: factorsOf(form), layers: times },
          });
        } finally {
          file.close();
          described.close();
        }
      },
    };
  },
});
