/**
 * Starts a backend in this process: loads its package, makes it tfjs's current one, and reports its version.
 *
 * tfjs has one current backend per process. Starting the same one again is free. `detect.ts` finds out whether a
 * package can be loaded; here a failure is thrown.
 */
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { ExpectedError } from '../../base/expected-error.ts';
import { codeOf } from '../../base/system-error.ts';
import { fastStarts } from '../fast-forms.ts';
import { installLocation } from './install-location.ts';
import { locateBackend } from './locate.ts';
import { type BackendName, packageOf } from './names.ts';
import { loadOnnx, type OnnxEngine, registerOnnx, useOnnx } from './onnx.ts';
import { providerOf } from './onnx-provider.ts';
import { loadWebGpu } from './webgpu.ts';

export interface StartedBackend {
  readonly name: BackendName;
  /** The version of the library that computes: libtensorflow for the native backends, otherwise the package. */
  readonly version: string;
  readonly device: 'cpu' | 'gpu';
}

let started: StartedBackend | undefined;

export interface StartOptions {
  /**
   * Number of threads of the backends `wasm` (at most 8) and `onnx` (at most 16); default 1. Results do not depend on it. With wasm,
   * more are useful only if no other process needs the processors, since idle threads spin. TensorFlow's results do
   * depend on its number of threads, so TensorFlow uses the number that its process was started with, or else the
   * number of cores.
   */
  readonly threads?: number;
}

/** `options` apply to the first start of a backend in this process. */
export async function startBackend(
  name: BackendName,
  { threads = 1 }: StartOptions = {},
): Promise<StartedBackend> {
  if (started?.name === name) return started;
  // Keeps tfjs from advising on standard error to install another backend.
  tf.enableProdMode();
  const before = startedBefore.get(name);
  if (before) {
    await use(registeredAs(name));
    const engine = engines.get(name);
    if (engine) useOnnx(engine);
  }
  started = before ?? (await starters[name](threads));
  startedBefore.set(name, started);
  return started;
}

/** Backends that were started before. They keep their resources until the process ends. */
const startedBefore = new Map<BackendName, StartedBackend>();

/** Of `onnx` and `onnx-gpu`, which are the same backend of tfjs. */
const engines = new Map<BackendName, OnnxEngine>();

/** The name of the backend in tfjs. */
function registeredAs(name: BackendName): string {
  return name === 'tensorflow-gpu' || name === 'onnx-gpu' ? name.replace('-gpu', '') : name;
}

const starters: Readonly<Record<BackendName, (threads: number) => Promise<StartedBackend>>> = {
  'tensorflow-gpu': () => startTensorflow('tensorflow-gpu'),
  webgpu: async () => {
    const located = locateBackend('webgpu', installLocation());
    if (!located) throw notInstalled('webgpu');
    const gpu = await loadWebGpu(located.directory);
    await use('webgpu');
    const version = `${located.version} on ${gpu.adapter}, Dawn ${gpu.dawn}`;
    return { name: 'webgpu', version, device: gpu.software ? 'cpu' : 'gpu' };
  },
  tensorflow: () => startTensorflow('tensorflow'),
  onnx: (threads) => startOnnx('onnx', threads),
  'onnx-gpu': (threads) => startOnnx('onnx-gpu', threads),
  wasm: async (threads) => {
    const wasm = exportsOf(await import('@tensorflow/tfjs-backend-wasm'));
    const manifest = require.resolve(`${packageOf('wasm')}/package.json`);
    const folder = `${join(dirname(manifest), 'wasm-out')}/`;
    wasm.setWasmPaths(folder);
    const start = () => use('wasm');
    const { setThreadsCount } = wasm;
    await withoutListeners(
      async () => fastStarts.wasm?.({ folder, threads, setThreadsCount, start }) ?? start(),
    );
    return { name: 'wasm', version: wasm.version_wasm, device: 'cpu' };
  },
  cpu: async () => {
    const { version_cpu: version } = exportsOf(await import('@tensorflow/tfjs-backend-cpu'));
    await use('cpu');
    return { name: 'cpu', version, device: 'cpu' };
  },
};

const require = createRequire(import.meta.url);

const DOCTOR = '"pipeline doctor" shows which backends start here, and how to get the others';

function notInstalled(name: BackendName): ExpectedError {
  return new ExpectedError(`the package ${packageOf(name)} is not installed`, DOCTOR);
}

/**
 * Removes the listeners that the library adds while it starts. They would end the process at an error
 * for which the process has listeners of its own.
 */
async function withoutListeners(start: () => Promise<void>): Promise<void> {
  const faults: EventEmitter = process;
  const before = FAULTS.map((fault) => new Set(faults.listeners(fault)));
  await start();
  for (const [i, fault] of FAULTS.entries()) {
    const added = faults.listeners(fault).filter((one) => !before[i]!.has(one));
    for (const listener of added) faults.off(fault, listener as () => void);
  }
}

const FAULTS = ['uncaughtException', 'unhandledRejection'];

/** For a package in CommonJS: a build has only its default export. */
function exportsOf<M>(module: M): M {
  return (module as { readonly default?: M }).default ?? module;
}

async function startTensorflow(name: 'tensorflow-gpu' | 'tensorflow'): Promise<StartedBackend> {
  const located = locateBackend(name, installLocation());
  if (!located) throw notInstalled(name);
  // By its path, because its name may not resolve from here. Its own copy of tfjs's core shares the engine with ours,
  // of which there is one per process.
  loading(name, () => require(located.directory));
  await use('tensorflow');
  const { isUsingGpuDevice, binding } = tf.backend() as unknown as TensorflowBackend;
  const device = isUsingGpuDevice ? 'gpu' : 'cpu';
  const version = `${binding.TF_Version} on ${device}, binding ${located.version}`;
  return { name, version, device };
}

async function startOnnx(name: 'onnx' | 'onnx-gpu', threads: number): Promise<StartedBackend> {
  const located = locateBackend(name, installLocation());
  if (!located) throw notInstalled(name);
  const { directory, version } = located;
  const provider = providerOf(name, directory);
  loading(name, () => engines.set(name, loadOnnx(directory, threads, provider)));
  // On one thread: what remains on it is small, and its threads would spin.
  await startBackend('wasm');
  registerOnnx();
  await use('onnx');
  if (provider === 'cpu') return { name, version, device: 'cpu' };
  return { name, version: `${version} on ${provider}`, device: 'gpu' };
}

/** Runs `load`, and reports it if the library, or one that it needs, is missing or made for another machine. */
function loading(name: BackendName, load: () => unknown): void {
  try {
    load();
  } catch (problem) {
    const code = codeOf(problem);
    if (code !== 'ERR_DLOPEN_FAILED' && code !== 'MODULE_NOT_FOUND') throw problem;
    const [line] = (problem as Error).message.split('\n');
    throw new ExpectedError(`the backend ${name} can't be loaded: ${line}`, DOCTOR);
  }
}

/** Only tfjs's flags show which library computes, and on which device. */
interface TensorflowBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

async function use(backend: string): Promise<void> {
  if (!(await tf.setBackend(backend)))
    throw new ExpectedError(`the backend ${backend} does not start`, DOCTOR);
  await tf.ready();
}
