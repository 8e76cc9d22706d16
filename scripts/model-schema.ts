/**
 * The JSON Schema of `model.json`, for editors and for programs that write models: the format that the program checks. It
 * can't check that layers fit together; the first stage that reads the model does.
 */
import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import type { Layer } from '../src/nn/model/description.ts';
import { layer, layers, modelSchema } from '../src/nn/model/model-json.ts';
import type { JsonSchema } from './pipeline-schema.ts';

export function modelJsonSchema(): JsonSchema {
  const { $schema, $defs: _replaced, ...rest } = converted(modelSchema);
  return {
    $schema,
    title: 'model.json',
    description: 'The layers and the origin of a model (docs/models.md).',
    ...rest,
    definitions: { layer: layerSchema() },
  };
}

function converted(schema: v.GenericSchema): JsonSchema {
  return toJsonSchema(schema, {
    target: 'draft-07',
    typeMode: 'input',
    errorMode: 'ignore',
    // The schema of a layer depends on its kind.
    overrideSchema: ({ valibotSchema }) =>
      valibotSchema === layer ? { $ref: '#/definitions/layer' } : undefined,
  }) as unknown as JsonSchema;
}

/** One condition per kind, so that an editor names the field that is wrong. */
function layerSchema(): JsonSchema {
  const kinds = Object.keys(layers) as Layer['kind'][];
  return {
    type: 'object',
    properties: { kind: { enum: kinds } },
    required: ['kind'],
    allOf: kinds.map((kind) => {
      const { $schema: _dialect, ...fields } = converted(layers[kind]);
      return {
        if: { properties: { kind: { const: kind } }, required: ['kind'] },
        // biome-ignore lint/suspicious/noThenProperty: a key of JSON Schema.
        then: { description: descriptions[kind], ...fields },
      };
    }),
  };
}

const descriptions: Readonly<Record<Layer['kind'], string>> = {
  convolution:
    'kernel, stride and padding are [vertical, horizontal]. The weight is [out, in, height, width].',
  'batch-norm': 'Uses stored statistics: weight, bias, running_mean and running_var.',
  relu: 'max(0, x)',
  'max-pool': 'A square window.',
  'adaptive-average-pool': "PyTorch's adaptive average pool to size x size. A flatten must follow.",
  flatten: 'The values of a channel stay together.',
  dense: 'The weight is [out, in].',
  interpolation:
    'The right factor of an interpolative decomposition: passes on `columns`, and adds weighted sums of the other inputs.',
  dropout: 'Only in training.',
};
