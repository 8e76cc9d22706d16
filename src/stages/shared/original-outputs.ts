/**
 * The outputs of an original model, kept beside its scores, so that the outputs of compressed models can be compared with
 * them: `outputs.json`, and one file of little-endian float32 for each output, sample after sample.
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
import { checkedJson } from '../../base/checked-json.ts';
import { ExpectedError } from '../../base/expected-error.ts';
import type { Batch, BatchOutput } from '../../nn/runtime/batches.ts';
import type { OriginalOutputs } from '../../nn/runtime/output-errors.ts';
import type { InputArtifact } from '../../runner/index.ts';

/** Bytes, of all outputs of a model together. */
const MOST_BYTES = 2 ** 28;

const count = v.pipe(v.number('must be a number'), v.integer(), v.minValue(0));
const recordSchema = v.array(
  v.object({ name: v.string(), file: v.string(), elements: count, samples: count }),
  'must be a list of outputs',
);

const RECORD = 'outputs.json';

interface Kept {
  readonly file: string;
  /** Of one sample. */
  readonly elements: number;
  samples: number;
}

/** Keeps the outputs batch by batch. */
export class OutputKeeper {
  readonly #folder: string;
  readonly #kept = new Map<string, Kept>();
  /** Outputs whose size differs between samples. */
  readonly #varying = new Set<string>();
  #most = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  add({ from, count: given, outputs }: Batch): void {
    const some = [...outputs].filter(([, { isBySample }]) => isBySample);
    if (from === 0) {
      const elements = some.reduce((sum, [, { values }]) => sum + values.length / given, 0);
      this.#most = Math.max(1, Math.floor(MOST_BYTES / (4 * elements)));
    }
    const wanted = Math.min(given, this.#most - from);
    if (wanted <= 0) return;
    for (const [name, output] of some) this.#keep(name, output, given, wanted);
  }

  #keep(name: string, { values }: BatchOutput, given: number, wanted: number): void {
    const elements = values.length / given;
    const kept = this.#kept.get(name) ?? {
      file: `output-${this.#kept.size}.bin`,
      elements,
      samples: 0,
    };
    this.#kept.set(name, kept);
    if (kept.elements !== elements) this.#varying.add(name);
    if (this.#varying.has(name)) return;
    const some = Float32Array.from(values.subarray(0, wanted * elements));
    appendFileSync(join(this.#folder, kept.file), new Uint8Array(some.buffer));
    kept.samples += wanted;
  }

  /** Writes the list of what was kept. */
  finish(): void {
    for (const name of this.#varying) {
      rmSync(join(this.#folder, this.#kept.get(name)!.file));
      this.#kept.delete(name);
    }
    const record = [...this.#kept].map(([name, kept]) => ({ name, ...kept }));
    writeFileSync(join(this.#folder, RECORD), `${JSON.stringify(record)}\n`);
  }

  /** The outputs that were kept. */
  names(): readonly string[] {
    return [...this.#kept.keys()];
  }
}

/** Undefined if the scores have no outputs. */
export function originalOutputs(scores: InputArtifact): OriginalOutputs | undefined {
  if (!scores.files.includes(RECORD)) return undefined;
  const outputs = checkedJson(
    readFileSync(scores.path(RECORD), 'utf8'),
    recordSchema,
    RECORD,
    'it is written by a stage of the type "evaluate"',
  );
  return {
    read: (name, from, wanted) => {
      const kept = outputs.find((one) => one.name === name);
      if (kept === undefined) return undefined;
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
