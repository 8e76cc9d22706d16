/** Packages of backends that tests make. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackendName, packageOf } from '../../../src/nn/backends/names.ts';

/** A folder of fake packages, and options that see only them. */
export async function fakePackages(packages: Readonly<Record<string, { readonly main?: string }>>) {
  const root = await mkdtemp(join(tmpdir(), 'backends-'));
  for (const [name, { main }] of Object.entries(packages)) {
    await mkdir(join(root, name, 'lib', 'napi-v8'), { recursive: true });
    const manifest = { name, version: '4.22.0', main: 'index.js' };
    await writeFile(join(root, name, 'package.json'), JSON.stringify(manifest));
    if (main === undefined) continue;
    await writeFile(join(root, name, 'index.js'), main);
    await writeFile(join(root, name, 'lib', 'napi-v8', 'tfjs_binding.node'), 'binding');
  }
  const options = {
    node: process.execPath,
    probeCache: join(root, 'cache', 'probes.json'),
    timeoutSeconds: 600,
    platform: { os: 'linux', arch: 'x64', musl: false },
    locate: (name: BackendName) => {
      const short = packageOf(name).replace('@tensorflow/', '');
      if (!(short in packages)) return undefined;
      return { directory: join(root, short), version: '4.22.0', made: false };
    },
  };
  return { root, options };
}

/** Replaces tfjs-node: counts its starts in a file. */
export const working = `
  require('fs').appendFileSync(__dirname + '/starts', 'x');
  exports.ones = () => 1;
  exports.matMul = () => ({ dataSync: () => new Float32Array([2, 2, 2, 2]) });
  exports.backend = () => ({ binding: { TF_Version: '2.21.0' } });
`;
