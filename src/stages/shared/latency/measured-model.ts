/** A model as `measure` takes it: an ONNX file, and the fields that name it. */
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageInput } from '../../../datasets/image-input.ts';
import { rowOf } from '../../../nn/evaluation-row.ts';
import { aboutExport } from '../../../nn/export/about.ts';
import { preprocessingOf } from '../../../nn/export/preprocessing.ts';
import { writeOnnxExport } from '../../../nn/export/write-onnx.ts';
import { countParameters } from '../../../nn/model/description.ts';
import type { ModelHistory } from '../../../nn/model/history.ts';
import type { LatencyRow } from '../../../report/latency.ts';
import { type InputArtifact, StageError } from '../../../runner/index.ts';
import { runtimeFolder } from '../foreign/named-folder.ts';
import { takeModel } from '../models/finite-models.ts';
import { foreignJsonOf } from '../models/foreign-json.ts';
import { defaultImageInput } from '../models/image-input.ts';
import { weightsDigest } from '../models/weights-digest.ts';

export interface MeasuredModel {
  /** The ONNX file. */
  readonly path: string;
  readonly identity: Omit<LatencyRow, 'batches' | 'bytes'>;
  readonly bytes: number;
  /** How images of the data become its input; null for one of our own networks, which needs no data. */
  readonly images: ImageInput | null;
}

/** @param scratch an empty folder */
export function measuredModel(source: InputArtifact, scratch: string): MeasuredModel {
  const json = foreignJsonOf(source);
  if (json === undefined) return ownNetwork(source, scratch);
  const { format, file, history, parameters: total, input } = json;
  if (format !== 'onnx') {
    throw new StageError(
      `only PyTorch knows the architecture of "${history.title}", which is stored as safetensors`,
      'export it to ONNX to measure it',
    );
  }
  const folder = runtimeFolder(source, scratch);
  const files = source.files.filter((one) => one !== 'model.json');
  return {
    path: join(folder, file),
    identity: { ...identityOf(history, total), dataset: null },
    bytes: sumOf(files.map((one) => source.path(one))),
    images: input ?? defaultImageInput,
  };
}

/** Written as `export` writes it. */
function ownNetwork(source: InputArtifact, scratch: string): MeasuredModel {
  const model = takeModel(source);
  const { description, history } = model;
  const about = aboutExport(model, preprocessingOf(description, undefined), weightsDigest(source));
  mkdirSync(scratch, { recursive: true });
  writeOnnxExport(scratch, model, about);
  return {
    path: join(scratch, 'model.onnx'),
    identity: identityOf(history, countParameters(description).total),
    bytes: sumOf(readdirSync(scratch).map((one) => join(scratch, one))),
    images: null,
  };
}

function identityOf(history: ModelHistory, total: number): MeasuredModel['identity'] {
  // Only the fields that come from the history are used.
  const scores = { accuracy: null, loss: null, agreement: null, count: 1 };
  const parameters = { features: 0, classifier: total, total };
  const { dataset, model, method, label, family, protocol, rate, seed, ...rest } = rowOf(history, {
    ...scores,
    parameters,
  });
  const { trainingSeed = null, tuned = null, scheme = null, allocation = 'uniform' } = rest;
  return {
    ...{ dataset, model, trainingSeed, method, label, family, protocol, tuned },
    ...{ scheme, allocation, rate, seed },
  };
}

function sumOf(paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + statSync(path).size, 0);
}

/** For messages. */
export function nameOf({ model, label, rate }: MeasuredModel['identity']): string {
  return rate === null ? model : `${model}, ${label} at rate ${rate}`;
}

/** An original and the models that were made from it, which are measured in turn with it. */
export interface Family {
  /** Undefined if it is not among the models. */
  readonly original: MeasuredModel | undefined;
  readonly others: readonly MeasuredModel[];
}

/** The models arrive in the order of their digests. They are sorted in a more useful order. */
export function familiesOf(models: readonly MeasuredModel[]): readonly Family[] {
  const families = new Map<string, MeasuredModel[]>();
  const sorted = [...models].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  for (const one of sorted) {
    const { dataset, model, trainingSeed } = one.identity;
    const key = JSON.stringify([dataset, model, trainingSeed]);
    families.set(key, [...(families.get(key) ?? []), one]);
  }
  return [...families.values()].map((all) => {
    const [original, second] = all.filter(({ identity }) => identity.protocol === 'baseline');
    if (second) {
      throw new StageError(
        `two of the models are originals with the name "${second.identity.model}"`,
        'give each model its own "title"',
      );
    }
    return { original, others: all.filter((one) => one !== original) };
  });
}

function placeOf({ identity }: MeasuredModel): string {
  const { dataset, method, rate } = identity;
  return JSON.stringify([dataset ?? '', method, String(rate ?? 0).padStart(12), identity]);
}
