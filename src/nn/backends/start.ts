/**
 * Starts a backend in this process: loads its package, makes it tfjs's current one, says what it is.
 *
 * tfjs holds one current backend a process; starting the same one again is free. Whether a package
 * can be loaded at all is `detect.ts`'s question; here a failure is a throw.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { ExpectedError } from '../../base/expected-error.ts';
import { codeOf } from '../../base/system-error.ts';
import { nativeBackend } from '../kernels/native.ts';
import { locateBackend } from './locate.ts';
import { folderOfMade } from './made.ts';
import { type BackendName, packageOf } from './names.ts';
import { shareClones } from './wasm-clones.ts';
import { mostThreads, withThreads } from './wasm-threads.ts';
import { loadWebGpu } from './webgpu.ts';

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
   * process wants the processors: idle threads spin. The results don't depend on it. TensorFlow's do, so
   * it takes what its process was started with, and else as many as there are cores.
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
  const before = startedBefore.get(name);
  if (before) await use(registeredAs(name));
  started = before ?? (await starters[name](threads));
  startedBefore.set(name, started);
  return started;
}

/** Those that are not the current one any more: what they hold of the machine is theirs until the end. */
const startedBefore = new Map<BackendName, StartedBackend>();

/** What tfjs calls it. */
function registeredAs(name: BackendName): string {
  return name === 'tensorflow-gpu' ? 'tensorflow' : name;
}

const starters: Readonly<Record<BackendName, (threads: number) => Promise<StartedBackend>>> = {
  'tensorflow-gpu': () => startTensorflow('tensorflow-gpu'),
  webgpu: async () => {
    const located = locateBackend('webgpu', folderOfMade());
    if (!located) throw notInstalled('webgpu');
    const gpu = await loadWebGpu(located.directory);
    await use('webgpu');
    const version = `${located.version} on ${gpu.adapter}, Dawn ${gpu.dawn}`;
    return { name: 'webgpu', version, device: gpu.software ? 'cpu' : 'gpu' };
  },
  tensorflow: () => startTensorflow('tensorflow'),
  wasm: async (threads) => {
    const wasm = exportsOf(await import('@tensorflow/tfjs-backend-wasm'));
    const manifest = require.resolve(`${packageOf('wasm')}/package.json`);
    const folder = `${join(dirname(manifest), 'wasm-out')}/`;
    wasm.setWasmPaths(folder);
    if (threads > 1) {
      wasm.setThreadsCount(Math.min(threads, mostThreads));
      await withThreads(folder, () => use('wasm'));
    } else {
      await use('wasm');
    }
    shareClones();
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

/** Of a package in CommonJS, which the build has as its default export alone. */
function exportsOf<M>(module: M): M {
  return (module as { readonly default?: M }).default ?? module;
}

async function startTensorflow(name: 'tensorflow-gpu' | 'tensorflow'): Promise<StartedBackend> {
  const located = locateBackend(name, folderOfMade());
  if (!located) throw notInstalled(name);
  // By its place, and not by its name: it may lie outside of what can be resolved from here. Its own
  // copy of tfjs's core shares the engine with ours, which is one a process.
  try {
    require(located.directory);
  } catch (problem) {
    // Its library, or one that this needs, is gone or of another machine.
    const code = codeOf(problem);
    if (code !== 'ERR_DLOPEN_FAILED' && code !== 'MODULE_NOT_FOUND') throw problem;
    const [line] = (problem as Error).message.split('\n');
    throw new ExpectedError(`the backend ${name} can't be loaded: ${line}`, DOCTOR);
  }
  await use('tensorflow');
  const { isUsingGpuDevice, binding } = nativeBackend();
  const device = isUsingGpuDevice ? 'gpu' : 'cpu';
  const version = `${binding.TF_Version} on ${device}, binding ${located.version}`;
  return { name, version, device };
}

async function use(backend: string): Promise<void> {
  if (!(await tf.setBackend(backend)))
    throw new ExpectedError(`the backend ${backend} does not start`, DOCTOR);
  await tf.ready();
}
