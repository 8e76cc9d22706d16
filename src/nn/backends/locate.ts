/**
 * Finds the package of a backend: an installation by `pipeline backend install`, or else a package installed next to
 * this program. Loads nothing.
 *
 * The first one is used even if it does not start. The failure is then reported with a fix, and the package
 * is not silently skipped.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf } from '../../base/system-error.ts';
import { type BackendName, isOnnx, packageOf } from './names.ts';

export interface Located {
  readonly directory: string;
  readonly version: string;
  /** Whether `pipeline backend install` made it. */
  readonly made: boolean;
}

/** `folder` is the result of `userFolder`. Without it, only installed packages count. */
export function locateBackend(name: BackendName, folder?: string): Located | undefined {
  if (folder !== undefined) {
    const directory = directoryOf(join(folder, name), name);
    if (bindingOf(name, directory)) return { directory, version: versionIn(directory), made: true };
  }
  const directory = installedDirectory(packageOf(name));
  if (directory === undefined) return undefined;
  return { directory, version: versionIn(directory), made: false };
}

/** The package of a backend in a folder into which npm installed it. */
export function directoryOf(folder: string, name: BackendName): string {
  return join(folder, 'node_modules', packageOf(name));
}

/** The native library of a package; undefined if it is missing, or if the backend has none. */
export function bindingOf(name: BackendName, directory: string): string | undefined {
  if (name === 'webgpu') {
    const machine = platform() === 'darwin' ? 'darwin-universal' : `${platform()}-${arch()}`;
    const file = join(dawnBeside(directory), 'dist', machine, 'dawn.node');
    return existsSync(file) ? file : undefined;
  }
  if (isOnnx(name)) {
    const folder = join(directory, 'bin', 'napi-v6', platform(), arch());
    const file = join(folder, 'onnxruntime_binding.node');
    return existsSync(file) ? file : undefined;
  }
  // In a folder named after the Node-API version that it was made for.
  const lib = join(directory, 'lib');
  if (!existsSync(lib)) return undefined;
  return readdirSync(lib)
    .filter((folder) => folder.startsWith('napi-v'))
    .map((folder) => join(lib, folder, 'tfjs_binding.node'))
    .find((file) => existsSync(file));
}

/** The folder in which npm put Dawn: next to the backend that uses it. */
export function dawnBeside(directory: string): string {
  return join(directory, '..', '..', 'webgpu');
}

function installedDirectory(packageName: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`));
  } catch (problem) {
    if (NOT_INSTALLED.has(codeOf(problem) ?? '')) return undefined;
    throw problem;
  }
}

const NOT_INSTALLED = new Set(['MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED']);

function versionIn(directory: string): string {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return (manifest as { readonly version: string }).version;
}
