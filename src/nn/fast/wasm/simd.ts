/**
 * Loops over the memory of the wasm backend, four numbers at a time (`simd.wat`), for operations without a fast kernel
 * in that backend. Only on that backend.
 */
import * as tf from '@tensorflow/tfjs-core';
import { instantiate } from '../instantiate.ts';
import { simdModules } from './simd-module.ts';

/** Addresses and lengths are in bytes. Lengths are multiples of 16, except those of `transpose`. */
interface Loops {
  /** `next` from weights and gradients; the moments change in place. */
  adam(
    ...words: [
      ...[length: number, next: number, weights: number, gradients: number],
      ...[first: number, second: number, rate: number, epsilon: number, decay: number],
      ...[keepFirst: number, addFirst: number, keepSecond: number, addSecond: number],
    ]
  ): void;
  reluGradient(length: number, out: number, dy: number, y: number): void;
  /** Of `rows` rows of `length` bytes each. */
  sumRows(length: number, out: number, x: number, rows: number): void;
  /** Of a 2 x 2 max-pool: one row of `count` windows. */
  poolGradient(
    ...words: [out: number, dy: number, x: number, count: number, channels: number, line: number]
  ): void;
  /** Rows begin `line` bytes apart, those of `out` `outLine`. */
  transpose(
    ...words: [out: number, x: number, rows: number, columns: number, line: number, outLine: number]
  ): void;
}

/** The functions of the wasm backend beyond tfjs's interface. */
interface WasmBackend {
  readonly wasm: {
    /** In the single-threaded build. */
    readonly asm?: { readonly memory?: WebAssembly.Memory };
    /** In the multi-threaded build. */
    readonly wasmMemory?: WebAssembly.Memory;
  };
  getMemoryOffset(dataId: tf.DataId): number;
}

const made = new WeakMap<WebAssembly.Memory, Loops>();

/** `undefined` if the memory of the backend can't be reached. */
export function simd(): Loops | undefined {
  const { wasm } = tf.backend() as unknown as WasmBackend;
  const memory = wasm.wasmMemory ?? wasm.asm?.memory;
  if (!memory) return undefined;
  let loops = made.get(memory);
  if (!loops) {
    const isShared = memory.buffer instanceof SharedArrayBuffer;
    const module = simdModules[isShared ? 'shared' : 'single'];
    loops = instantiate<Loops>(module, { backend: { memory } });
    made.set(memory, loops);
  }
  return loops;
}

/** The address of the elements of a float32 tensor. */
export function addressOf({ dataId }: tf.TensorInfo): number {
  return (tf.backend() as unknown as WasmBackend).getMemoryOffset(dataId);
}

/** The bytes of this many numbers, if the loops can process them in whole steps. */
export function wholeSteps(count: number): number {
  return 16 * Math.floor(count / 4);
}
