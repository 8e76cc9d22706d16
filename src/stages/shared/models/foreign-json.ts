/** `model.json` of a model that another program made: its files, its history, and how they are read. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { checkedJson } from '../../../base/checked-json.ts';
import { historySchema, type ModelHistory } from '../../../nn/model/history.ts';
import type { InputArtifact } from '../../../runner/index.ts';
import { imageInputSchema } from './image-input.ts';

const formats = ['onnx', 'safetensors'] as const;
export type Format = (typeof formats)[number];

const patterns = v.array(v.string('must be a text'), 'must be a list of patterns');

const schema = v.object(
  {
    format: v.picklist(formats, `must be one of ${formats.join(', ')}`),
    /** The file of the model, or its index of shards. */
    file: v.string('must be a text'),
    /** The number of weights. */
    parameters: v.number('must be a number'),
    /** For safetensors: how layers are found. */
    options: v.object(
      {
        layers: v.exactOptional(patterns),
        transpose: v.exactOptional(patterns),
        groups: v.exactOptional(v.record(v.string(), v.number(), 'must be an object')),
      },
      'must be an object',
    ),
    /** How images become inputs; null for the usual way. */
    input: v.nullable(imageInputSchema),
    /** The output with the class scores; false if the model does not classify. Default: the first that could. */
    classes: v.exactOptional(v.union([v.string(), v.literal(false)], 'must be a text or false')),
    history: historySchema,
  },
  'must be an object with format, file, parameters, options, input and history',
);

export interface ForeignJson extends Omit<v.InferOutput<typeof schema>, 'history'> {
  readonly history: ModelHistory;
}

/** `undefined` if it is one of our own networks. */
export function foreignJsonOf(source: InputArtifact): ForeignJson | undefined {
  const text = readFileSync(source.path('model.json'), 'utf8');
  return isForeign(text) ? parseForeignJson(text) : undefined;
}

/** Whether the text is such a file, rather than the description of one of our own networks. */
function isForeign(text: string): boolean {
  return /^\s*\{\s*"format"\s*:/.test(text);
}

function parseForeignJson(text: string): ForeignJson {
  const advice = 'it is an output of a stage of the type "model"';
  const { history, ...rest } = checkedJson(text, schema, 'model.json', advice);
  const original = { classifier: rest.parameters, total: rest.parameters };
  return { ...rest, history: { original, ...history } };
}

export function foreignJson({ format, ...rest }: ForeignJson): string {
  // The format comes first: `isForeign` looks for it.
  return `${JSON.stringify({ format, ...rest }, null, 2)}\n`;
}
