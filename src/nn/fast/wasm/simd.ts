/**
 * Loops over the wasm backend's memory, four numbers at a time (`simd.wat`), where that backend has no fast kernel.
 * Only on that backend.
 */
import * as tf from '@tensorflow/tfjs-core';
import { simdModules } from './simd-module.ts';

/** Addresses and lengths are bytes, lengths but those of `transpose` multiples of 16. */
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

/** What the wasm backend offers beyond tfjs. */
interface WasmBackend {
  readonly wasm: {
    /** Of the build of one thread. */
    readonly asm?: { readonly memory?: WebAssembly.Memory };
    /** Of the build of several. */
    readonly wasmMemory?: WebAssembly.Memory;
  };
  getMemoryOffset(dataId: tf.DataId): number;
}

const made = new WeakMap<WebAssembly.Memory, Loops>();

/** `undefined` where the backend's memory can't be reached. */
export function simd(): Loops | undefined {
  const { wasm } = tf.backend() as unknown as WasmBackend;
  const memory = wasm.wasmMemory ?? wasm.asm?.memory;
  if (!memory) return undefined;
  let loops = made.get(memory);
  if (!loops) {
    const isShared = memory.buffer instanceof SharedArrayBuffer;
    const bytes = Buffer.from(simdModules[isShared ? 'shared' : 'single'], 'base64');
    const module = new WebAssembly.Module(bytes);
    loops = new WebAssembly.Instance(module, { backend: { memory } }).exports as unknown as Loops;
    made.set(memory, loops);
  }
  return loops;
}

/** Where a float32 tensor's elements begin. */
export function addressOf({ dataId }: tf.TensorInfo): number {
  return (tf.backend() as unknown as WasmBackend).getMemoryOffset(dataId);
}

/** Bytes of so many numbers that the loops can take in whole steps. */
export function wholeSteps(count: number): number {
  return 16 * Math.floor(count / 4);
}
