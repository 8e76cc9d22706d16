/**
 * A graph that TensorFlow has loaded, with its own variables. Only on the backend `tensorflow`.
 *
 * TensorFlow's C library loads a graph only from a folder, so the graph is written to a temporary one. Loading one and
 * preparing its first runs takes as long as dozens of steps of a small network. A sweep has many graphs that are the
 * same, so sessions of small graphs are kept for the next user of exactly the same graph.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { nativeBackend } from '../backend.ts';
import type { GraphNode, Output } from './graph.ts';
import { Recent } from './recent.ts';
import { savedModel, TAG } from './saved-model.ts';

/** The values of its variables are undefined until they are assigned. */
export interface Session {
  /** The requested outputs, from the tensors given for placeholders. */
  run(given: ReadonlyMap<Output, tf.Tensor>, wanted: readonly Output[]): tf.Tensor[];
  /**
   * One float32 output, from numbers: for small runs that happen often, where each tensor of tfjs would take as long
   * as a small operation. `given` may be changed afterwards.
   */
  compute(given: readonly GivenValues[], wanted: Output): Float32Array;
  close(): void;
}

/** For a placeholder. */
export interface GivenValues {
  readonly output: Output;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** `variables`: tensors in the shapes of all variables. */
export function openSession(nodes: readonly GraphNode[], variables: readonly tf.Tensor[]): Session {
  const backend = nativeBackend();
  const { name, bytes } = formOf(nodes);
  const { number } = idle.take(name) ?? { number: load(bytes) };
  const held = variables.reduce((sum, { size }) => sum + 4 * size, 0);
  return {
    run: (given, wanted) => {
      const names = [...given.keys()].map((name) => ({ name }));
      return backend.runSavedModel(number, [...given.values()], names, wanted);
    },
    compute: (given, wanted) => {
      const { binding } = backend;
      const handles = given.map(({ shape, values }) =>
        binding.createTensor(shape, binding.TF_FLOAT, values),
      );
      const names = given.map(({ output }) => output).join();
      const results = binding.runSavedModel(number, handles, names, wanted).map(({ id }) => id);
      const values = binding.tensorDataSync(results[0]!) as Float32Array;
      for (const handle of [...handles, ...results]) binding.deleteTensor(handle);
      return values;
    },
    close: () => idle.keep(name, { number, held }),
  };
}

/** The loaded session of a graph, and the digest of the graph. */
function formOf(nodes: readonly GraphNode[]) {
  const known = forms.get(nodes);
  if (known) return known;
  const bytes = savedModel(nodes);
  const form = { bytes, name: createHash('sha256').update(bytes).digest('hex') };
  forms.set(nodes, form);
  return form;
}

const forms = new WeakMap<
  readonly GraphNode[],
  { readonly bytes: Uint8Array; readonly name: string }
>();

interface IdleSession {
  /** The handle of the session in TensorFlow. */
  readonly number: number;
  /** Bytes of its variables. */
  readonly held: number;
}

/** Closed sessions by their graphs. */
const idle = new Recent<IdleSession>({
  limit: 8,
  sizeLimit: 2 ** 26,
  sizeOf: ({ held }) => held,
  drop: ({ number }) => nativeBackend().deleteSavedModel(number),
});

function load(bytes: Uint8Array): number {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-graph-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), bytes);
    return nativeBackend().loadSavedModelMetaGraph(folder, TAG);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
