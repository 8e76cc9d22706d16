/** `model.json` of a model that another program made: its form, its history, and what scoring must know. */
import * as v from 'valibot';
import { checkedJson } from '../../../base/checked-json.ts';
import { historySchema, type ModelHistory } from '../../../nn/model/history.ts';

export const formats = ['onnx', 'safetensors'] as const;
export type Format = (typeof formats)[number];

export interface ForeignJson {
  readonly format: Format;
  /** The number of weights. */
  readonly parameters: number;
  readonly history: ModelHistory;
  /** The parameters of the stage `model` that describe the file. */
  readonly options: Readonly<Record<string, unknown>>;
}

const schema = v.object(
  {
    format: v.picklist(formats, `must be one of ${formats.join(', ')}`),
    parameters: v.number('must be a number'),
    history: historySchema,
    options: v.record(v.string(), v.unknown(), 'must be an object'),
  },
  'must be an object with format, parameters, history and options',
);

/** Whether the text is such a file, rather than the description of one of our own networks. */
export function isForeign(text: string): boolean {
  return /^\s*\{\s*"format"\s*:/.test(text);
}

export function parseForeignJson(text: string): ForeignJson {
  const { parameters, history, ...rest } = checkedJson(
    text,
    schema,
    'model.json',
    'it is an output of a stage of the type "model"',
  );
  const original = { classifier: 0, total: parameters };
  return { ...rest, parameters, history: { original, ...history } };
}

export function foreignJson({ format, ...rest }: ForeignJson): string {
  // The format comes first: `isForeign` looks for it.
  return `${JSON.stringify({ format, ...rest }, null, 2)}\n`;
}
