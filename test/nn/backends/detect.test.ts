import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { chooseBackend } from '../../../src/nn/backends/choose.ts';
import { type DetectOptions, detectBackends } from '../../../src/nn/backends/detect.ts';
import { locateBackend } from '../../../src/nn/backends/locate.ts';
import { backendNames, isByName } from '../../../src/nn/backends/names.ts';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { fakePackages, working } from './fake-packages.ts';

test('each backend is available, or there is a reason', async () => {
  const { options } = await fakePackages({ 'tfjs-node-gpu': {}, 'tfjs-backend-wasm': {} });
  const states = await detectBackends(options);
  expect(states.map(({ name, status }) => [name, status])).toEqual([
    ['tensorflow-gpu', 'without its binding'],
    ['webgpu', 'absent'],
    ['tensorflow', 'absent'],
    ['onnx', 'absent'],
    ['wasm', 'available'],
    ['cpu', 'absent'],
    ['onnx-gpu', 'absent'],
  ]);
  expect(states[0]).toMatchObject({ advice: 'pipeline backend install tensorflow-gpu' });
  expect(states[2]).toMatchObject({ advice: 'pipeline backend install tensorflow' });
  expect(states[3]).toMatchObject({ advice: 'pipeline backend install onnx' });
  expect(states[4]).toMatchObject({ version: '4.22.0' });
});

test('a native library counts after it has started, and is started only once', async () => {
  const { root, options } = await fakePackages({ 'tfjs-node': { main: working } });
  const available = {
    name: 'tensorflow',
    status: 'available',
    version: '2.21.0 on cpu, binding 4.22.0',
  };
  expect((await detectBackends(options))[2]).toEqual(available);
  expect((await detectBackends(options))[2]).toEqual(available);
  const starts = join(root, 'tfjs-node', 'starts');
  expect(await readFile(starts, 'utf8')).toBe('x');
  await utimes(join(root, 'tfjs-node', 'lib', 'napi-v8', 'tfjs_binding.node'), 1, 1);
  expect((await detectBackends(options))[2]).toEqual(available);
  expect(await readFile(starts, 'utf8')).toBe('xx');
});

test('a native library that fails, hangs or miscomputes does not count', async () => {
  const gpu = { main: 'throw new Error("libtensorflow.so.2: cannot open shared object file")' };
  const failing = await fakePackages({ 'tfjs-node-gpu': gpu });
  expect((await detectBackends(failing.options))[0]).toMatchObject({
    status: 'does not start',
    reason: expect.stringContaining('libtensorflow.so.2: cannot open shared object file'),
  });
  const hanging = await fakePackages({ 'tfjs-node': { main: 'for (;;);' } });
  const [, , stuck] = await detectBackends({ ...hanging.options, timeoutSeconds: 1 });
  expect(stuck).toMatchObject({ reason: 'it did not start within 1 seconds' });
  const wrong = { main: working.replace('2, 2, 2, 2', '2, 2, 2, 3') };
  const other = await fakePackages({ 'tfjs-node': wrong });
  const [, , miscomputing] = await detectBackends(other.options);
  expect(miscomputing).toMatchObject({ reason: expect.stringContaining('wrong product') });
});

test('auto selects the first that can start; a name selects that one, or fails with the reason', async () => {
  const { options } = await fakePackages({ 'tfjs-backend-wasm': {}, 'tfjs-backend-cpu': {} });
  const states = await detectBackends(options);
  expect(chooseBackend('auto', states)).toEqual({
    ok: true,
    value: { name: 'wasm', version: '4.22.0' },
  });
  expect(chooseBackend('cpu', states)).toMatchObject({ ok: true, value: { name: 'cpu' } });
  expect(chooseBackend('tensorflow', states)).toMatchObject({
    ok: false,
    error: {
      message: expect.stringContaining('the package @tensorflow/tfjs-node is not installed'),
      advice: 'pipeline backend install tensorflow',
    },
  });
  expect(chooseBackend('auto', [])).toMatchObject({ ok: false });
});

test('a FIFO in the place of the stored answers is replaced, and blocks nothing', async () => {
  const { root, options } = await fakePackages({ 'tfjs-node': { main: working } });
  await mkdir(dirname(options.probeCache));
  execFileSync('mkfifo', [options.probeCache]);
  for (let times = 1; times <= 2; times++) {
    await detectBackends({ ...options, names: ['tensorflow'] });
    expect(await readFile(join(root, 'tfjs-node', 'starts'), 'utf8')).toBe('x');
  }
});

test('without a place for the answers, a native library is always started, and nothing is stored', async () => {
  const { root, options } = await fakePackages({ 'tfjs-node': { main: working } });
  const { probeCache, ...unstored } = options;
  for (let times = 1; times <= 2; times++) {
    const states = await detectBackends({ ...unstored, names: ['tensorflow'] });
    expect(states).toMatchObject([{ status: 'available' }]);
    expect(await readFile(join(root, 'tfjs-node', 'starts'), 'utf8')).toBe('x'.repeat(times));
  }
  expect(existsSync(dirname(probeCache))).toBe(false);
});

test('a folder in the place of the stored answers costs only another start', async () => {
  const { root, options } = await fakePackages({ 'tfjs-node': { main: working } });
  await mkdir(options.probeCache, { recursive: true });
  for (let times = 1; times <= 2; times++) {
    const states = await detectBackends({ ...options, names: ['tensorflow'] });
    expect(states).toMatchObject([{ status: 'available' }]);
    expect(await readFile(join(root, 'tfjs-node', 'starts'), 'utf8')).toBe('x'.repeat(times));
  }
  expect(await readdir(dirname(options.probeCache))).toEqual(['probes.json']);
});

test('the backends of this installation: wasm and cpu are installed and start', async () => {
  const root = await mkdtemp(join(tmpdir(), 'backends-'));
  const options = { node: process.execPath, probeCache: join(root, 'probes.json') };
  const states = await detectBackends(options);
  for (const name of ['wasm', 'cpu'] as const) {
    const state = states.find((candidate) => candidate.name === name);
    expect(state).toMatchObject({ status: 'available', version: '4.22.0' });
    expect(await startBackend(name)).toEqual({ name, version: '4.22.0', device: 'cpu' });
  }
});

test.each([
  [{ os: 'linux', arch: 'x64', musl: true }, 'Linux with musl, such as Alpine'],
  [{ os: 'darwin', arch: 'x64', musl: false }, 'Intel Macs'],
  [{ os: 'linux', arch: 'riscv64', musl: false }, 'linux riscv64'],
])('onnx says that a platform has no library: %o', async (platform, what) => {
  const { options } = await fakePackages({});
  const states = await detectBackends({ ...options, platform, names: ['onnx', 'onnx-gpu'] });
  for (const state of states) {
    expect(state).toMatchObject({
      status: 'unsupported',
      reason: `ONNX Runtime has no library for ${what}`,
      advice: expect.stringContaining('wasm'),
    });
  }
});

/** The package of ONNX Runtime, without its library. `binding` is the text of `dist/binding.js`. */
async function fakeOnnx(binding: (folder: string) => string) {
  const root = await mkdtemp(join(tmpdir(), 'onnx-'));
  const bin = join(root, 'bin', 'napi-v6', process.platform, process.arch);
  const common = join(root, 'node_modules', 'onnxruntime-common');
  for (const folder of [bin, join(root, 'dist'), common]) await mkdir(folder, { recursive: true });
  await writeFile(join(bin, 'onnxruntime_binding.node'), 'no library');
  await writeFile(join(root, 'package.json'), JSON.stringify({ version: '1.30.0' }));
  await writeFile(join(common, 'index.js'), 'exports.Tensor = class {};');
  await writeFile(join(root, 'dist', 'binding.js'), binding(bin));
  const options: DetectOptions = {
    node: process.execPath,
    probeCache: join(root, 'probes.json'),
    platform: { os: 'linux', arch: 'x64', musl: false },
    locate: () => ({ directory: root, version: '1.30.0', made: false }),
  };
  return { bin, options };
}

test('onnx says why its library does not load', async () => {
  const { bin, options } = await fakeOnnx(
    (folder) => `require(${JSON.stringify(join(folder, 'onnxruntime_binding.node'))})`,
  );
  const onnx = { ...options, names: ['onnx'] } as const;
  expect(await detectBackends(onnx)).toMatchObject([
    { status: 'does not start', reason: expect.stringMatching(/invalid ELF header|binding.node/) },
  ]);
  await rm(bin, { recursive: true });
  expect(await detectBackends(onnx)).toMatchObject([{ status: 'without its binding' }]);
});

/** What ONNX Runtime 1.30 does if a library that CUDA's provider needs is missing. */
const withoutCublas = `
  const cause = 'libcublasLt.so.12: cannot open shared object file: No such file or directory';
  exports.initOrt = () => {};
  exports.binding = {
    InferenceSession: class {
      loadModel(bytes, from, length, { executionProviders: [provider] }) {
        if (provider !== 'cuda') throw new Error('Failed to get a WebGPU adapter: none');
        console.error('[E:onnxruntime] FAIL : Failed to load library x.so with error: ' + cause);
        throw new Error('OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library');
      }
    },
  };`;

test('onnx-gpu names the library that CUDA needs', async () => {
  const { bin, options } = await fakeOnnx(() => withoutCublas);
  const gpu = { ...options, names: ['onnx-gpu'] } as const;
  expect(await detectBackends(gpu)).toMatchObject([
    {
      reason: expect.stringContaining('no GPU with a driver'),
      advice: expect.stringContaining('Vulkan'),
    },
  ]);
  await writeFile(join(bin, 'libonnxruntime_providers_cuda.so'), '');
  expect(await detectBackends(gpu)).toMatchObject([
    {
      status: 'does not start',
      reason: expect.stringMatching(/CUDA can't be loaded: libcublasLt\.so\.12: cannot open/),
      advice: expect.stringMatching(/CUDA 12 and cuDNN 9.*LD_LIBRARY_PATH/),
    },
  ]);
});

const here = locateBackend('onnx');

test.runIf(here)(
  'onnx and onnx-gpu of this installation: one computes, the other says why not',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'backends-'));
    const options = { node: process.execPath, probeCache: join(root, 'probes.json') };
    const [onnx, gpu] = await detectBackends({ ...options, names: ['onnx', 'onnx-gpu'] });
    expect(onnx).toEqual({ name: 'onnx', status: 'available', version: here!.version });
    if (gpu!.status === 'available') expect(gpu).toMatchObject({ byName: true });
    else
      expect(gpu).toMatchObject({ status: 'does not start', reason: expect.stringMatching(/./) });
    expect(chooseBackend('auto', [gpu!, onnx!])).toMatchObject({ value: { name: 'onnx' } });
    expect(await startBackend('onnx')).toEqual({
      name: 'onnx',
      version: here!.version,
      device: 'cpu',
    });
  },
);

test('docs/backends.md has the order of the choice', async () => {
  const page = (await readFile('docs/backends.md', 'utf8')).replace(/\s+/g, ' ');
  const order = backendNames.filter((name) => !isByName(name)).map((name) => `\`${name}\``);
  expect(page).toContain(`The first that starts, in the order ${order.join(', ')}.`);
});
