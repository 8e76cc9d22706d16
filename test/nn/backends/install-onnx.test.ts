/** The installation of ONNX Runtime, with a fake npm. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { installBackend } from '../../../src/nn/backends/install/install.ts';
import { packagesOf } from '../../../src/nn/backends/install/recipe.ts';
import { locateBackend } from '../../../src/nn/backends/locate.ts';

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'install-onnx-'));
  folder = join(root, 'backends');
  await mkdir(join(root, 'bin'));
  const npm = join(root, 'bin', 'npm');
  await writeFile(npm, `#!/bin/sh\n${NPM}`);
  await chmod(npm, 0o755);
});
afterEach(async () => {
  delete process.env.ROOT;
  await rm(root, { recursive: true, force: true });
});

const here = `${process.platform}/${process.arch}`;

/** Makes a package whose session computes the right product if the file `works` exists. */
const NPM = `
echo "$@" > "$ROOT/words"
cp package.json "$ROOT/manifest.json"
p=node_modules/onnxruntime-node
mkdir -p $p/dist node_modules/onnxruntime-common
echo '{"version":"1.30.0"}' > $p/package.json
for one in ${here} win32/arm64; do
  mkdir -p $p/bin/napi-v6/$one
  : > $p/bin/napi-v6/$one/onnxruntime_binding.node
done
cat > node_modules/onnxruntime-common/index.js <<'END'
exports.Tensor = class {};
END
cat > $p/dist/binding.js <<'END'
exports.initOrt = () => undefined;
exports.binding = { InferenceSession: class {
  loadModel() { require('node:fs').statSync(process.env.ROOT + '/works'); }
  run() { return { y: { data: [2, 2, 2, 2] } }; }
} };
END
`;

function install(machine = { os: process.platform as string, arch: process.arch as string }) {
  // The child that tries the library has the environment of this process.
  process.env.ROOT = root;
  const environment = { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, ROOT: root };
  const { signal } = new AbortController();
  const report = (): void => undefined;
  const options = { folder, node: process.execPath, machine, environment, signal, report };
  return installBackend('onnx', options);
}

it('needs only npm, runs no install script, and keeps the libraries of this platform', async () => {
  await writeFile(join(root, 'works'), '');
  expect(await install()).toMatchObject({ ok: true, value: { version: '1.30.0', already: false } });
  expect(await readFile(join(root, 'words'), 'utf8')).toContain('--ignore-scripts');
  expect(locateBackend('onnx', folder)).toMatchObject({ version: '1.30.0', made: true });
  const libraries = join(folder, 'onnx/node_modules/onnxruntime-node/bin/napi-v6');
  const kept = await readdir(libraries, { recursive: true });
  expect(kept).toContain(`${here}/onnxruntime_binding.node`);
  expect(kept).not.toContain('win32/arm64');
  expect(await install()).toMatchObject({ ok: true, value: { already: true } });
});

it('reports a library that does not start, and installs nothing', async () => {
  expect(await install()).toMatchObject({
    ok: false,
    error: { advice: 'use the backend wasm, which runs everywhere' },
  });
  expect(locateBackend('onnx', folder)?.made ?? false).toBe(false);
});

it('downloads nothing for a platform without a library', async () => {
  expect(await install({ os: 'darwin', arch: 'x64' })).toMatchObject({
    ok: false,
    error: { message: 'ONNX Runtime has no library for Intel Macs' },
  });
  await expect(readFile(join(root, 'words'))).rejects.toThrow('ENOENT');
});

it('installs the version that the package depends on', async () => {
  const { optionalDependencies } = JSON.parse(await readFile('package.json', 'utf8'));
  expect(optionalDependencies).toMatchObject(packagesOf('onnx'));
});
