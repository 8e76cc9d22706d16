import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownName, thisProcess } from '../../../src/base/maker.ts';
import { installBackend, removeBackend } from '../../../src/nn/backends/install/install.ts';
import { locateBackend } from '../../../src/nn/backends/locate.ts';

let root: string;
let folder: string;
let lines: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'install-'));
  folder = join(root, 'backends');
  lines = [];
  await mkdir(join(root, 'bin'));
  // Programs that this test does not replace, such as the tools of a shell, are those of the machine.
  for (const [name, script] of Object.entries(tools)) await tool(name, script);
});

afterEach(() => rm(root, { recursive: true, force: true }));

/** Replaces tfjs-node. */
const starting = `
  exports.ones = () => 1;
  exports.matMul = () => ({ dataSync: () => new Float32Array([2, 2, 2, 2]) });
  exports.backend = () => ({ binding: { TF_Version: '2.21.0' } });
`;

const tools: Readonly<Record<string, string>> = {
  // Nothing listens on port 9 of this machine, so there is no prebuilt binding.
  npm: `
    p=node_modules/@tensorflow/tfjs-node
    mkdir -p $p
    echo '{"name":"tfjs-node","version":"4.22.0","main":"index.js","binary":{"host":"http://127.0.0.1:9"}}' > $p/package.json
    cp "$PACKAGE" $p/index.js`,
  python3: `
    case "$1 $2 $3" in
      "-m pip --version") echo pip 24;;
      "-m pip download")
        while [ "$1" != --requirement ]; do shift; done
        cp "$2" "$ROOT/requirements.txt";;
      -c*) for deps in "$@"; do :; done; mkdir -p "$deps/lib" "$deps/include"; : > "$deps/lib/libtensorflow.so";;
    esac`,
  'g++': 'echo g++ 12',
  make: 'echo make 4',
  npx: 'test -f deps/lib/libtensorflow.so && mkdir -p lib/napi-v8 && : > lib/napi-v8/tfjs_binding.node',
};

async function tool(name: string, script: string): Promise<void> {
  const path = join(root, 'bin', name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

async function install({
  program = starting,
  signal = new AbortController().signal,
  os = 'linux',
} = {}) {
  await writeFile(join(root, 'package.js'), program);
  return installBackend('tensorflow', {
    folder,
    node: process.execPath,
    machine: { os, arch: 'x64' },
    environment: {
      PATH: `${join(root, 'bin')}:/usr/bin:/bin`,
      CXX: join(root, 'bin', 'g++'),
      PACKAGE: join(root, 'package.js'),
      ROOT: root,
    },
    signal,
    report: (line) => lines.push(line),
  });
}

const left = () => readdir(folder);

describe('installing a native backend', () => {
  it('builds it if there is no prebuilt one, and every project finds it', async () => {
    const result = await install();
    expect(result).toEqual({
      ok: true,
      value: {
        version: '2.21.0 on cpu, binding 4.22.0',
        directory: join(folder, 'tensorflow'),
        already: false,
        byName: false,
      },
    });
    expect(await left()).toEqual(['tensorflow', 'tensorflow.log']);
    expect(locateBackend('tensorflow', folder)).toEqual({
      directory: join(folder, 'tensorflow/node_modules/@tensorflow/tfjs-node'),
      version: '4.22.0',
      made: true,
    });
    expect(lines).toHaveLength(6);
    // Every byte from pip has a digest.
    expect(await readFile(join(root, 'requirements.txt'), 'utf8')).toMatch(
      /^tensorflow-cpu==2\.21\.0 --hash=sha256:[0-9a-f]{64}\n$/,
    );
  });

  it('does nothing if the backend is installed and starts, and installs it again if it does not start', async () => {
    await install();
    lines = [];
    expect(await install()).toMatchObject({ ok: true, value: { already: true } });
    expect(lines).toEqual([]);
    const main = join(folder, 'tensorflow/node_modules/@tensorflow/tfjs-node/index.js');
    await writeFile(main, 'throw new Error("damaged")');
    expect(await install()).toMatchObject({ ok: true, value: { already: false } });
    expect(await readFile(main, 'utf8')).toBe(starting);
    expect(await left()).toEqual(['tensorflow', 'tensorflow.log']);
  });

  it.each([
    [
      'no network for npm',
      'npm',
      'echo "npm error code ENOTFOUND" >&2; exit 1',
      /npm can't reach its registry: npm error code ENOTFOUND/,
    ],
    ['no pip', 'python3', 'echo "No module named pip" >&2; exit 1', /needs Python with pip/],
    ['no compiler', 'g++', 'exit 127', /needs a C\+\+ compiler \(g\+\+\)/],
    [
      'no network for pip',
      'python3',
      'case "$3" in download) echo "ERROR: No matching distribution found (from versions: none)"; exit 1;; esac',
      /pip can't reach its package index: ERROR: No matching distribution/,
    ],
    [
      'bytes that differ from the published ones',
      'python3',
      'case "$3" in download) echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES"; exit 1;; esac',
      /not those that TensorFlow published/,
    ],
    [
      'a compiler that fails',
      'npx',
      'echo "tfjs_backend.cc:1: error: no such header"; exit 1',
      /could not build the binding: tfjs_backend.cc:1: error: no such header/,
    ],
  ])('with %s it reports that, and leaves only its log', async (_, name, script, message) => {
    await tool(name, script);
    const result = await install();
    expect(result).toMatchObject({
      ok: false,
      error: { message: expect.stringMatching(message), advice: expect.stringMatching(/\w/) },
    });
    expect(await left()).toEqual(['tensorflow.log']);
    expect(locateBackend('tensorflow', folder)?.made ?? false).toBe(false);
  });

  it('does not install a build that does not start', async () => {
    const result = await install({ program: 'throw new Error("no such processor")' });
    expect(result).toMatchObject({
      ok: false,
      error: {
        message: expect.stringMatching(/^it was built but does not start: .*no such processor/),
      },
    });
    expect(await left()).toEqual(['tensorflow.log']);
  });

  it('stops at once with all its processes, and leaves nothing', async () => {
    await tool('npx', `echo building > "$ROOT/building"; sleep 600`);
    const controller = new AbortController();
    const installing = install({ signal: controller.signal });
    let ended: unknown;
    void installing.then((result) => {
      ended = result;
    });
    while (!lines.includes('compiling the binding')) {
      expect(ended).toBeUndefined();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    controller.abort();
    expect(await installing).toMatchObject({ ok: false, error: { message: 'stopped' } });
    expect(await left()).toEqual(['tensorflow.log']);
  });

  it('reports if nothing can be built', async () => {
    const result = await install({ os: 'darwin' });
    expect(result).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('none can be built for darwin on x64') },
    });
  });

  it('removes the files of a killed installation, but not of a running one', async () => {
    const running = `tensorflow.making-${ownName()}`;
    const killed = running.replace(/-\d+@/, '-999999999@');
    const elsewhere = killed.replace(thisProcess().place, '0123456789ab');
    for (const name of [running, killed, elsewhere]) {
      await mkdir(join(folder, name), { recursive: true });
    }
    await install();
    expect(await left()).toEqual(['tensorflow', 'tensorflow.log', running, elsewhere].sort());
  });

  it('removes it', async () => {
    await install();
    expect(removeBackend('tensorflow', folder)).toBe(join(folder, 'tensorflow'));
    expect(removeBackend('tensorflow', folder)).toBeUndefined();
    expect(await left()).toEqual([]);
  });
});
