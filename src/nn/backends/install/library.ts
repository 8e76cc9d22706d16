/**
 * The libtensorflow of TensorFlow's Python wheels, put where the build of the binding and its search path at run time
 * expect it. pip downloads the wheels and compares their digests; Python unpacks the needed files.
 *
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../../base/result.ts';
import type { Failure } from '../../failure.ts';
import { pythonVersion, type Recipe } from './recipe.ts';
import { isOfNetwork, reasonIn, runTool, type ToolOptions } from './tool.ts';

/** `deps` is the folder of that name in the binding's package. */
export async function fetchLibrary(
  { wheels, platforms }: Recipe,
  deps: string,
  options: ToolOptions,
): Promise<Result<void, Failure>> {
  const folder = join(options.cwd, 'wheels');
  mkdirSync(folder, { recursive: true });
  const requirements = join(folder, 'requirements.txt');
  const lines = wheels.map((one) => `${one.name}==${one.version} --hash=sha256:${one.sha256}\n`);
  writeFileSync(requirements, lines.join(''));
  const words = [
    ...['-m', 'pip', 'download', '--no-deps', '--require-hashes', '--only-binary=:all:'],
    ...['--implementation', 'cp', '--python-version', pythonVersion],
    ...platforms.flatMap((platform) => ['--platform', platform]),
    ...['--disable-pip-version-check', '--dest', folder, '--requirement', requirements],
  ];
  const fetched = await runTool('python3', words, options);
  if (fetched.outcome === 'not there') return fail(missingPip);
  if (fetched.outcome !== 'done') return fail(downloadFailure(fetched.output));
  const unpacked = await runTool('python3', ['-c', unpacker, folder, deps], options);
  if (unpacked.outcome !== 'done') {
    return fail({
      message: `could not unpack the library: ${reasonIn(unpacked.output)}`,
      advice: 'check that the disk is not full',
    });
  }
  rmSync(folder, { recursive: true });
  return ok(undefined);
}

const missingPip: Failure = {
  message: 'Python with pip is not installed',
  advice: 'install it (on Debian and Ubuntu: apt install python3-pip); only this step needs it',
};

function downloadFailure(output: string): Failure {
  if (/No module named pip/.test(output)) return missingPip;
  if (/DO NOT MATCH/i.test(output)) {
    return {
      message: 'the files that pip downloaded are not those that TensorFlow published',
      advice: 'check the package index that pip uses (pip config list)',
    };
  }
  if (isOfNetwork(output)) {
    return {
      message: `pip can't reach its package index: ${reasonIn(output)}`,
      advice: 'check the network and the settings of pip (pip config list)',
    };
  }
  return {
    message: `pip could not download TensorFlow: ${reasonIn(output)}`,
    advice: 'see the output of pip in the log',
  };
}

/**
 * libtensorflow searches for CUDA in folders next to its own (../nvidia/.../lib), so these are not renamed.
 * The binding looks for the names of the C library. The C++ library has all its symbols.
 */
const unpacker = `
import os, shutil, sys, zipfile
folder, deps = sys.argv[1:]

def place(name):
    if name.startswith('tensorflow/include/'):
        return name[len('tensorflow/'):]
    if name in ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'):
        return 'lib/' + name[len('tensorflow/'):]
    if name.startswith('nvidia/') and '/include/' not in name:
        return name
    return None

for wheel in sorted(os.listdir(folder)):
    if not wheel.endswith('.whl'):
        continue
    with zipfile.ZipFile(os.path.join(folder, wheel)) as archive:
        for name in archive.namelist():
            target = place(name)
            if target is None or name.endswith('/'):
                continue
            path = os.path.join(deps, target)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(name) as source, open(path, 'wb') as out:
                shutil.copyfileobj(source, out, 1 << 20)
            if '/bin/' in name:
                os.chmod(path, 0o755)
    os.remove(os.path.join(folder, wheel))

for alias, name in (
    ('libtensorflow.so', 'libtensorflow_cc.so.2'),
    ('libtensorflow.so.2', 'libtensorflow_cc.so.2'),
    ('libtensorflow_framework.so', 'libtensorflow_framework.so.2'),
):
    os.symlink(name, os.path.join(deps, 'lib', alias))
`;
