/**
 * A graph that TensorFlow has loaded, with variables of its own. Only on the backend `tensorflow`.
 *
 * TensorFlow's C library takes a graph from a folder alone, so it lies in a temporary one for a moment.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { nativeBackend } from '../kernels/native.ts';
import type { GraphNode, Output } from './graph.ts';
import { savedModel, TAG } from './saved-model.ts';

export interface Session {
  /** The outputs asked for, from the tensors given for placeholders. */
  run(given: ReadonlyMap<Output, tf.Tensor>, wanted: readonly Output[]): tf.Tensor[];
  close(): void;
}

export function openSession(nodes: readonly GraphNode[]): Session {
  const backend = nativeBackend();
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-graph-'));
  const load = () => {
    writeFileSync(join(folder, 'saved_model.pb'), savedModel(nodes));
    return backend.loadSavedModelMetaGraph(folder, TAG);
  };
  let session: number;
  try {
    session = load();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return {
    run: (given, wanted) => {
      const names = [...given.keys()].map((name) => ({ name }));
      return backend.runSavedModel(session, [...given.values()], names, wanted);
    },
    close: () => backend.deleteSavedModel(session),
  };
}
