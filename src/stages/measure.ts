/** `measure`: whether compressed models are faster than their originals, on ONNX Runtime on this machine. */
import * as v from 'valibot';
import { defineStage } from '../runner/index.ts';
import {
  aloneOnMachine,
  countOf,
  runsParameter,
  threadsParameter,
} from './shared/latency/parameters.ts';

export const measure = defineStage({
  name: 'measure',
  description: 'Times for a batch, memory and file sizes of models, beside their originals.',
  parameters: v.strictObject({
    batches: v.optional(
      v.pipe(v.array(countOf(1)), v.minLength(1), v.description('The sizes of the batches.')),
      [1, 64],
    ),
    ...threadsParameter,
    ...runsParameter,
  }),
  inputs: {
    models: { kind: 'model', many: true },
    /** The inputs of ONNX models. Without it, they are made up. */
    data: { kind: 'dataset', optional: true },
  },
  outputs: { latency: 'latency' },
  environment: ['processor', 'runtime'],
  ...aloneOnMachine,
  load: async () => {
    // It runs in the processes of the models. It is imported here because all code of a stage is part of its key.
    await import('./shared/latency/serve-model.ts');
    const { join } = await import('node:path');
    const { isNoisy } = await import('../report/latency.ts');
    const { writeLatencies } = await import('./shared/latency/latency-files.ts');
    const { measuredModel } = await import('./shared/latency/measured-model.ts');
    const { measureModels } = await import('./shared/latency/measure-models.ts');
    return {
      run: async (context) => {
        const { parameters, scratch, signal, log, progress } = context;
        const models = context
          .inputs('models')
          .map((source, i) => measuredModel(source, join(scratch, String(i))));
        const rows = await measureModels(models, {
          ...{ ...parameters, signal, log },
          data: context.optionalInput('data'),
          onProgress: (done, all, name) =>
            progress({ fraction: done / all, message: `${name}, ${Math.floor(done)} of ${all}` }),
        });
        const all = rows.flatMap(({ batches }) => batches);
        const noisy = all.filter(isNoisy).length;
        if (noisy > 0) {
          log(
            `${noisy} of ${all.length} measurements are noisy: times vary, or other programs use the processor`,
          );
        }
        writeLatencies(context.output('latency'), {
          processor: context.fact('processor'),
          onnxruntime: context.fact('runtime').replace(/^onnxruntime /, ''),
          threads: parameters.threads,
          models: rows,
        });
      },
    };
  },
});
