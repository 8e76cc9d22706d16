/**
 * A graph that TensorFlow has loaded, with variables of its own. Only on the backend `tensorflow`.
 *
 * TensorFlow's C library takes a graph from a folder alone, so it lies in a temporary one for a moment. Loading one
 * and preparing its first runs takes as long as dozens of steps of a small network; a sweep has many of the same
 * shapes, so sessions of small graphs stay for whoever wants the very same graph next.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { nativeBackend } from '../kernels/native.ts';
import type { GraphNode, Output } from './graph.ts';
import { savedModel, TAG } from './saved-model.ts';

/** Its variables have any values until they are assigned. */
export interface Session {
  /** The outputs asked for, from the tensors given for placeholders. */
  run(given: ReadonlyMap<Output, tf.Tensor>, wanted: readonly Output[]): tf.Tensor[];
  close(): void;
}

export function openSession(nodes: readonly GraphNode[]): Session {
  const backend = nativeBackend();
  const bytes = savedModel(nodes);
  const name = createHash('sha256').update(bytes).digest('hex');
  const session = idle.get(name) ?? load(bytes);
  idle.delete(name);
  return {
    run: (given, wanted) => {
      const names = [...given.keys()].map((name) => ({ name }));
      return backend.runSavedModel(session, [...given.values()], names, wanted);
    },
    close: () => {
      if (heldBy(nodes) > KEPT_BYTES) return backend.deleteSavedModel(session);
      idle.set(name, session);
      const [oldest] = idle;
      if (idle.size <= KEPT || oldest === undefined) return;
      idle.delete(oldest[0]);
      backend.deleteSavedModel(oldest[1]);
    },
  };
}

/** Closed sessions by their graphs, the one that was closed last at the end. */
const idle = new Map<string, number>();
const KEPT = 4;
const KEPT_BYTES = 2 ** 25;

/** Bytes of the variables. */
function heldBy(nodes: readonly GraphNode[]): number {
  const sizes = nodes.map(({ operation, attributes: { shape } }) =>
    operation === 'VarHandleOp' && shape?.kind === 'shape'
      ? shape.value.reduce((product, extent) => product * extent, 4)
      : 0,
  );
  return sizes.reduce((total, size) => total + size, 0);
}

function load(bytes: Uint8Array): number {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-graph-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), bytes);
    return nativeBackend().loadSavedModelMetaGraph(folder, TAG);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
