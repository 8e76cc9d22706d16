/**
 * Which backends can start here, and for those that can't, why and what to do. Loads no tfjs.
 *
 * A package that is found counts as available, except the native ones: their binding is a library
 * built or downloaded by an install script, and whether it loads is known only by loading it. That is
 * done once, in a child process (`probe.ts`), and remembered.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type BackendName, backendNames, packageOf } from './names.ts';
import { type ProbeOptions, probeBinding } from './probe.ts';

export type BackendState =
  | {
      readonly name: BackendName;
      readonly status: 'available';
      /** Of the library that computes: libtensorflow's for the native backends, else the package's. */
      readonly version: string;
    }
  | {
      readonly name: BackendName;
      readonly status: 'absent' | 'without its binding' | 'does not start';
      readonly reason: string;
      readonly advice: string;
    };

export interface DetectOptions extends ProbeOptions {
  /** The directory of an installed package, undefined where there is none; for tests. */
  readonly packageDirectory?: (name: string) => string | undefined;
}

/** The state of every backend, the preferred first. */
export async function detectBackends(options: DetectOptions): Promise<readonly BackendState[]> {
  const states: BackendState[] = [];
  // One after the other: two probes at once would each look slow to the other's time limit.
  for (const name of backendNames) states.push(await detect(name, options));
  return states;
}

async function detect(name: BackendName, options: DetectOptions): Promise<BackendState> {
  const packageName = packageOf(name);
  const directory = (options.packageDirectory ?? installedDirectory)(packageName);
  if (directory === undefined) {
    const reason = `the package ${packageName} is not installed`;
    return { name, status: 'absent', reason, advice: `npm install ${packageName}` };
  }
  if (name === 'wasm' || name === 'cpu') {
    return { name, status: 'available', version: versionIn(directory) };
  }
  const binding = bindingIn(directory);
  if (binding === undefined) {
    return {
      name,
      status: 'without its binding',
      reason: `${packageName} is installed, but its install script has not put the native library there`,
      advice: `npm rebuild ${packageName} (downloads libtensorflow), or build the addon against one you have`,
    };
  }
  const target = { packageName, directory, binding, packageVersion: versionIn(directory) };
  const probe = await probeBinding(target, options);
  if (probe.starts) return { name, status: 'available', version: probe.version };
  return {
    name,
    status: 'does not start',
    reason: probe.reason,
    advice:
      'see that libtensorflow is on the library path and fits this machine, then run `pipeline doctor`',
  };
}

function installedDirectory(name: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function versionIn(directory: string): string {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return (manifest as { readonly version: string }).version;
}

/** The native library, in the folder of whichever Node-API version it was made for. */
function bindingIn(directory: string): string | undefined {
  const lib = join(directory, 'lib');
  if (!existsSync(lib)) return undefined;
  return readdirSync(lib)
    .filter((folder) => folder.startsWith('napi-v'))
    .map((folder) => join(lib, folder, 'tfjs_binding.node'))
    .find((file) => existsSync(file));
}
