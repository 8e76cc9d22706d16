/**
 * The outputs of original models, kept beside their scores, so that the outputs of compressed models can be compared with
 * them: `outputs.index`, and one file of little-endian float32 for each output of each model, sample after sample.
 *
 * Large outputs are kept for the first samples only.
 */
import {
  appendFileSync,
  closeSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { checkedJson } from '../../../base/checked-json.ts';
import { ExpectedError } from '../../../base/expected-error.ts';
import type { Batch, BatchOutput } from '../../../nn/runtime/batches.ts';
import type { OriginalOutputs } from '../../../nn/runtime/output-errors.ts';
import type { InputArtifact } from '../../../runner/index.ts';

/** Bytes, of all outputs of a model together. */
const MOST_BYTES = 2 ** 28;

const count = v.pipe(v.number('must be a number'), v.integer(), v.minValue(0));
const recordSchema = v.array(
  v.object({
    model: v.string(),
    name: v.string(),
    file: v.string(),
    elements: count,
    samples: count,
  }),
  'must be a list of outputs',
);

/** JSON, but not named so: `pipeline metrics` shows the numbers in JSON files. */
const RECORD = 'outputs.index';

type KeptOutput = v.InferOutput<typeof recordSchema>[number];

interface Kept {
  readonly file: string;
  /** Of one sample. */
  readonly elements: number;
  samples: number;
}

/** Keeps the outputs of one model batch by batch. */
export class OutputKeeper {
  readonly #folder: string;
  readonly #model: string;
  readonly #number: number;
  readonly #kept = new Map<string, Kept>();
  /** Outputs whose size differs between samples. */
  readonly #varying = new Set<string>();
  #most = 0;

  /** @param number differs between the models of a folder */
  constructor(folder: string, model: string, number: number) {
    this.#folder = folder;
    this.#model = model;
    this.#number = number;
  }

  add({ from, count: given, outputs }: Batch): void {
    const some = [...outputs].filter(([, { isBySample }]) => isBySample);
    if (from === 0) {
      const elements = some.reduce((sum, [, { values }]) => sum + values.length / given, 0);
      this.#most = Math.max(1, Math.floor(MOST_BYTES / (4 * elements)));
    }
    const wanted = Math.min(given, this.#most - from);
    if (wanted <= 0) return;
    for (const [name, output] of some) this.#keep(name, output, from, given, wanted);
  }

  #keep(name: string, { values }: BatchOutput, from: number, given: number, wanted: number): void {
    const elements = values.length / given;
    const kept = this.#kept.get(name) ?? {
      file: `output-${this.#number}-${this.#kept.size}.bin`,
      elements,
      samples: 0,
    };
    this.#kept.set(name, kept);
    if (kept.elements !== elements) this.#varying.add(name);
    if (this.#varying.has(name)) return;
    const some = Float32Array.from(values.subarray(0, wanted * elements));
    const place = some.findIndex(Number.isNaN);
    if (place >= 0) {
      throw new ExpectedError(
        `${this.#model}: the output "${name}" of sample ${from + Math.floor(place / elements)} is not a number (NaN)`,
        'check the inputs and the weights of the model',
      );
    }
    appendFileSync(join(this.#folder, kept.file), new Uint8Array(some.buffer));
    kept.samples += wanted;
  }

  /** Returns what was kept. */
  finish(): readonly KeptOutput[] {
    for (const name of this.#varying) {
      rmSync(join(this.#folder, this.#kept.get(name)!.file));
      this.#kept.delete(name);
    }
    return [...this.#kept].map(([name, kept]) => ({ model: this.#model, name, ...kept }));
  }

  /** The outputs that were kept. */
  names(): readonly string[] {
    return [...this.#kept.keys()];
  }
}

/** `kept`: of all models. */
export function recordOutputs(folder: string, kept: readonly KeptOutput[]): void {
  writeFileSync(join(folder, RECORD), `${JSON.stringify(kept)}\n`);
}

/** Undefined if the scores have no outputs. */
export function originalOutputs(scores: InputArtifact, model: string): OriginalOutputs | undefined {
  if (!scores.files.includes(RECORD)) return undefined;
  const outputs = checkedJson(
    readFileSync(scores.path(RECORD), 'utf8'),
    recordSchema,
    RECORD,
    'it is written by a stage of the type "evaluate"',
  );
  return {
    read: (name, from, wanted, size) => {
      const kept = outputs.find((one) => one.model === model && one.name === name);
      if (kept === undefined) return undefined;
      if (kept.elements !== size) {
        throw new ExpectedError(
          `the output "${name}" has ${size} numbers for each sample, and that of the original "${model}" has ${kept.elements}`,
          'compare a model with the original from which it was made',
        );
      }
      const samples = Math.max(0, Math.min(wanted, kept.samples - from));
      return slice(scores.path(kept.file), from * kept.elements, samples * kept.elements);
    },
  };
}

function slice(path: string, from: number, elements: number): Float32Array {
  const values = new Float32Array(elements);
  const bytes = new Uint8Array(values.buffer);
  const file = openSync(path, 'r');
  try {
    for (let done = 0; done < bytes.length; ) {
      const some = readSync(file, bytes, done, bytes.length - done, 4 * from + done);
      if (some === 0)
        throw new ExpectedError(`${path} ends too early`, 'evaluate the original again');
      done += some;
    }
  } finally {
    closeSync(file);
  }
  return values;
}
