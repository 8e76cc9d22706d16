/**
 * Starts a native backend in a child process, and stores whether it worked.
 *
 * A library that does not fit the machine may abort the process that loads it, so this happens in a child. The result
 * is valid for one binding file (its size and modification time), one version of the package, one library path and one
 * execution provider.
 */
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseJson } from '../../base/json-text.ts';
import { readOwnFile } from '../../base/read-file.ts';
import { hasCode } from '../../base/system-error.ts';
import { type BackendName, isOnnx } from './names.ts';
import { type Provider, providerOf } from './onnx-provider.ts';

export interface ProbeOptions {
  /** The Node executable for the child: `process.execPath`. */
  readonly node: string;
  /** A JSON file for the results. The file and its folder need not exist. Without it, the backend is always started. */
  readonly probeCache?: string;
  /** The folders in which the system looks for libraries besides its own (`LD_LIBRARY_PATH`). */
  readonly libraryPath?: string;
  /** Default: 60. */
  readonly timeoutSeconds?: number;
  /** Whether to try again what did not start before. */
  readonly again?: boolean;
}

export interface ProbeTarget {
  readonly name: BackendName;
  readonly directory: string;
  readonly binding: string;
  readonly packageVersion: string;
}

export type ProbeResult =
  /** `version`: as the started backend reports it. */
  | { readonly starts: true; readonly version: string }
  | { readonly starts: false; readonly reason: string };

type Answers = Readonly<Record<string, { readonly of: string; readonly result: ProbeResult }>>;

export async function probeBinding(
  target: ProbeTarget,
  options: ProbeOptions,
): Promise<ProbeResult> {
  const { name, directory, packageVersion } = target;
  const provider = isOnnx(name) ? providerOf(name, directory) : undefined;
  if (options.probeCache === undefined) return start(target, provider, options);
  const { size, mtimeMs } = statSync(target.binding);
  const of = JSON.stringify([packageVersion, size, mtimeMs, options.libraryPath ?? '', provider]);
  const answers = readAnswers(options.probeCache);
  // The same package can have several backends.
  const at = `${name} ${directory}`;
  const known = answers[at];
  if (known?.of === of && (known.result.starts || !options.again)) return known.result;
  const result = await start(target, provider, options);
  writeAnswers(options.probeCache, { ...answers, [at]: { of, result } });
  return result;
}

/** Multiplies two matrices. The last line of its output is the version. */
const tensorflow = `
  const [, directory, binding, name] = process.argv;
  const tf = require(directory);
  const product = tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync();
  if (product.join() !== '2,2,2,2') throw new Error('wrong product: ' + product.join());
  const { TF_Version } = tf.backend().binding;
  const onGpu = tf.backend().isUsingGpuDevice;
  if (name === 'tensorflow-gpu' && !onGpu) {
    throw new Error('TensorFlow starts, but finds no GPU that it can use');
  }
  console.log('\\nversion ' + TF_Version + ' on ' + (onGpu ? 'gpu' : 'cpu') + ', binding ' + binding);
`;

/** Multiplies two matrices with one execution provider, which is part of the version of a GPU. */
const onnx = `
  const [, directory, version, , provider, model] = process.argv;
  const fromPackage = require('node:module').createRequire(directory + '/package.json');
  const { Tensor } = fromPackage('onnxruntime-common');
  const { binding, initOrt } = fromPackage('./dist/binding.js');
  initOrt();
  const bytes = new Uint8Array(Buffer.from(model, 'base64'));
  const session = new binding.InferenceSession();
  session.loadModel(bytes.buffer, 0, bytes.length, { executionProviders: [provider] });
  const a = new Tensor('float32', Float32Array.of(1, 1, 1, 1), [2, 2]);
  const product = session.run({ a }, { y: null }, {}).y.data;
  if (product.join() !== '2,2,2,2') throw new Error('wrong product: ' + product.join());
  console.log('\\nversion ' + version + (provider === 'cpu' ? '' : ' on ' + provider));
  // A GPU would keep the process running.
  require('node:process').exit(0);
`;

const NO_ADAPTER = 'no GPU with a driver for Vulkan, Metal or Direct3D 12';

/** Requests an adapter, like `webgpu.ts`, which formats the version. */
const webgpu = `
  const { exit } = await import('node:process');
  const { createRequire } = await import('node:module');
  const { join } = await import('node:path');
  const [, directory, backend] = process.argv;
  const dawn = join(directory, '..', '..', 'webgpu');
  const { create } = await import(join(dawn, 'index.js'));
  const adapter = await create([]).requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new Error('${NO_ADAPTER}');
  }
  const { description, device, vendor } = adapter.info;
  const { version } = createRequire(join(dawn, 'index.js'))('./package.json');
  console.log('\\nversion ' + backend + ' on ' + (description || device || vendor) + ', Dawn ' + version);
  // Dawn would keep the process running.
  exit(0);
`;

const programs: Readonly<Partial<Record<BackendName, readonly string[]>>> = {
  webgpu: ['--input-type=module', '-e', webgpu],
  onnx: ['-e', onnx],
  'onnx-gpu': ['-e', onnx],
};

async function start(
  { name, directory, packageVersion }: ProbeTarget,
  provider: Provider | undefined,
  options: ProbeOptions,
): Promise<ProbeResult> {
  const { node, timeoutSeconds = 60 } = options;
  const program = programs[name] ?? ['-e', tensorflow];
  const { execa } = await import('execa');
  const words = [directory, packageVersion, name];
  if (provider) {
    const { squareModel } = await import('./onnx-model.ts');
    words.push(provider, Buffer.from(squareModel()).toString('base64'));
  }
  const result = await execa(node, [...program, ...words], {
    stdin: 'ignore',
    timeout: timeoutSeconds * 1000,
    killSignal: 'SIGKILL',
    reject: false,
  });
  const version = /^version (.+)$/m.exec(result.stdout)?.[1];
  if (!result.failed && version) return { starts: true, version };
  const reason = result.timedOut
    ? `it did not start within ${timeoutSeconds} seconds`
    : (reasonIn(result.stderr) ?? result.originalMessage ?? 'it printed no version');
  return { starts: false, reason };
}

function reasonIn(stderr: string): string | undefined {
  const lines = stderr.split('\n').map((line) => line.trim());
  // The thrown error is the most informative; drivers print harmless warnings before it.
  const thrown = lines.findLast((line) => /^(?:[A-Z]\w*)?Error: /.test(line));
  if (thrown?.includes('Failed to get a WebGPU adapter')) return NO_ADAPTER;
  // ONNX Runtime prints the cause, such as the name of a library that is missing, and throws without it.
  const cause = /_Cuda: /.test(thrown ?? '') && / with error: (.+)/.exec(stderr)?.[1];
  if (cause) return `its library for CUDA can't be loaded: ${cause}`;
  return (
    thrown?.replace(/^Error: /, '') ??
    lines.find((line) => /error/i.test(line)) ??
    lines.findLast((line) => line !== '')
  );
}

function readAnswers(path: string): Answers {
  return (parseJson(readOwnFile(path)?.toString() ?? '') ?? {}) as Answers;
}

function writeAnswers(path: string, answers: Answers): void {
  // Renamed into place, because other processes may read or write it now.
  const partial = `${path}.${crypto.randomUUID()}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(partial, `${JSON.stringify(answers, null, 2)}\n`);
    renameSync(partial, path);
  } catch (problem) {
    // Then the next start probes again.
    if (!hasCode(problem, 'EACCES', 'EPERM', 'EROFS', 'EISDIR')) throw problem;
    rmSync(partial, { force: true });
  }
}
