/**
 * Starts a backend in this process: loads its package, makes it tfjs's current one, says what it is.
 *
 * tfjs holds one current backend a process; starting the same one again is free. Whether a package
 * can be loaded at all is `detect.ts`'s question; here a failure is a throw.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type BackendName, packageOf } from './names.ts';
import { mostThreads, withThreads } from './wasm-threads.ts';

export interface StartedBackend {
  readonly name: BackendName;
  /** Of the library that computes: libtensorflow's for the native backends, else the package's. */
  readonly version: string;
  readonly device: 'cpu' | 'gpu';
}

let started: StartedBackend | undefined;

export interface StartOptions {
  /**
   * How many threads the wasm backend computes on, at most 8; default 1. Worth it where no other
   * process wants the processors: idle threads spin. The results don't depend on it.
   */
  readonly threads?: number;
}

/** `options` count for the first start of a backend in this process. */
export async function startBackend(
  name: BackendName,
  { threads = 1 }: StartOptions = {},
): Promise<StartedBackend> {
  if (started?.name === name) return started;
  // Keeps tfjs from advising on standard error to install another backend.
  tf.enableProdMode();
  started = await starters[name](threads);
  return started;
}

const starters: Readonly<Record<BackendName, (threads: number) => Promise<StartedBackend>>> = {
  'tensorflow-gpu': () => startTensorflow('tensorflow-gpu'),
  tensorflow: () => startTensorflow('tensorflow'),
  wasm: async (threads) => {
    const wasm = await import('@tensorflow/tfjs-backend-wasm');
    const manifest = require.resolve(`${packageOf('wasm')}/package.json`);
    const folder = `${join(dirname(manifest), 'wasm-out')}/`;
    wasm.setWasmPaths(folder);
    if (threads > 1) {
      wasm.setThreadsCount(Math.min(threads, mostThreads));
      await withThreads(folder, () => use('wasm'));
    } else {
      await use('wasm');
    }
    return { name: 'wasm', version: wasm.version_wasm, device: 'cpu' };
  },
  cpu: async () => {
    const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu');
    await use('cpu');
    return { name: 'cpu', version, device: 'cpu' };
  },
};

const require = createRequire(import.meta.url);

async function startTensorflow(name: 'tensorflow-gpu' | 'tensorflow'): Promise<StartedBackend> {
  // Held in a variable: the packages are optional, and neither compiler nor bundler may want them.
  const specifier: string = packageOf(name);
  await import(specifier);
  await use('tensorflow');
  const native = tf.backend() as unknown as {
    readonly isUsingGpuDevice: boolean;
    readonly binding: { readonly TF_Version: string };
  };
  const device = native.isUsingGpuDevice ? 'gpu' : 'cpu';
  const { version: binding } = require(`${specifier}/package.json`) as { readonly version: string };
  const version = `${native.binding.TF_Version} on ${device}, binding ${binding}`;
  return { name, version, device };
}

async function use(backend: string): Promise<void> {
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs could not start ${backend}`);
  await tf.ready();
}
