/** The output of `measure`: `latency.json`, with one row for each model. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { checkedJson } from '../../../base/checked-json.ts';
import type { Latencies } from '../../../report/latency.ts';
import type { InputArtifact } from '../../../runner/index.ts';

const number = v.number('must be a number');
const text = v.string('must be a text');
const textOrNull = v.nullable(text);
const numberOrNull = v.nullable(number);

const quartiles = v.object(
  { lowerQuartile: number, median: number, upperQuartile: number },
  'must be an object with lowerQuartile, median and upperQuartile',
);

const batch = v.object(
  {
    batch: number,
    time: quartiles,
    original: v.nullable(quartiles),
    runs: number,
    memory: number,
    othersLoad: number,
  },
  'must be an object',
);

const row = v.object(
  {
    dataset: textOrNull,
    model: text,
    trainingSeed: numberOrNull,
    method: text,
    label: text,
    family: v.picklist(['baseline', 'svd', 'cur']),
    protocol: v.picklist(['baseline', 'control', 'posthoc', 'finetuned', 'published']),
    tuned: v.nullable(v.picklist(['classifier', 'all', 'factors'])),
    scheme: textOrNull,
    allocation: v.picklist(['uniform', 'energy', 'budget', 'accuracy']),
    rate: numberOrNull,
    seed: numberOrNull,
    bytes: number,
    batches: v.pipe(v.array(batch), v.minLength(1)),
  },
  'must be an object',
);

const schema = v.object(
  {
    processor: text,
    onnxruntime: text,
    threads: number,
    models: v.array(row, 'must be a list of models'),
  },
  'must be an object with processor, onnxruntime, threads and models',
);

const FILE = 'latency.json';

export function writeLatencies(folder: string, latencies: Latencies): void {
  writeFileSync(join(folder, FILE), `${JSON.stringify(latencies, null, 2)}\n`);
}

export function readLatencies(source: InputArtifact): Latencies {
  const advice = 'it is an output of a stage of the type "measure"';
  return checkedJson(readFileSync(source.path(FILE), 'utf8'), schema, FILE, advice);
}
