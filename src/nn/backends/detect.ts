/**
 * Which backends can start here, and for the others, why not and what to do. Loads no tfjs.
 *
 * A package that is found counts as available, except the native ones. Only loading their library shows whether it
 * works. That is done once, in a child process (`probe.ts`), and the result is stored.
 */
import { bindingOf, type Located, locateBackend } from './locate.ts';
import { type BackendName, backendNames, isByName, isOnnx, packageOf } from './names.ts';
import { type Platform, thisPlatform, whyUnsupported } from './onnx-platforms.ts';
import { providerOf } from './onnx-provider.ts';
import { type ProbeOptions, probeBinding } from './probe.ts';
import { isSoftware } from './webgpu.ts';

export type BackendState =
  | {
      readonly name: BackendName;
      readonly status: 'available';
      /** The version of the library that computes: libtensorflow for the native backends, otherwise the package. */
      readonly version: string;
      /** Used only if the user names it, for example because it would be slower than the backends after it. */
      readonly byName?: boolean;
    }
  | MissingBackend;

export interface MissingBackend {
  readonly name: BackendName;
  /** 'unsupported': there is no library for this platform. */
  readonly status: 'absent' | 'unsupported' | 'without its binding' | 'does not start';
  readonly reason: string;
  readonly advice: string;
}

export interface DetectOptions extends ProbeOptions {
  /** Installations by `pipeline backend install` are searched for in this folder. */
  readonly userFolder?: string;
  /** Default: all. */
  readonly names?: readonly BackendName[];
  /** Returns where the package of a backend is, if it is installed; for tests. */
  readonly locate?: (name: BackendName) => Located | undefined;
  /** For tests. */
  readonly platform?: Platform;
}

/** The states of backends, the preferred first. */
export async function detectBackends(options: DetectOptions): Promise<readonly BackendState[]> {
  const states: BackendState[] = [];
  // One after the other: two probes in parallel could each exceed the time limit of the other.
  for (const name of options.names ?? backendNames) states.push(await detect(name, options));
  return states;
}

async function detect(name: BackendName, options: DetectOptions): Promise<BackendState> {
  const packageName = packageOf(name);
  const located = options.locate ? options.locate(name) : locateBackend(name, options.userFolder);
  if (name === 'wasm' || name === 'cpu') {
    if (located) return { name, status: 'available', version: located.version };
    const reason = `the package ${packageName} is not installed`;
    return { name, status: 'absent', reason, advice: `npm install ${packageName}` };
  }
  const platform = options.platform ?? thisPlatform();
  const advice = `pipeline backend install ${name}`;
  const unsupported = isOnnx(name) ? whyUnsupported(platform) : undefined;
  if (unsupported) return { name, status: 'unsupported', ...unsupported };
  if (!located) {
    const reason = `the package ${packageName} is not installed`;
    return { name, status: 'absent', reason, advice };
  }
  const binding = bindingOf(name, located.directory);
  if (binding === undefined) {
    const reason = `${packageName} is installed, but its native library is missing`;
    return { name, status: 'without its binding', reason, advice };
  }
  const { directory, version } = located;
  const target = { name, directory, binding, packageVersion: version };
  const probe = await probeBinding(target, options);
  if (probe.starts) {
    const byName = isByName(name) || (name === 'webgpu' && isSoftware(probe.version));
    return { name, status: 'available', version: probe.version, ...(byName && { byName }) };
  }
  return { name, status: 'does not start', reason: probe.reason, advice: fixFor(name, located) };
}

function fixFor(name: BackendName, { made, directory }: Located): string {
  if (name === 'webgpu') return "install the GPU's driver (Vulkan), then `pipeline doctor`";
  if (name === 'onnx' && !made) return `delete ${directory}, then pipeline backend install onnx`;
  if (name === 'onnx-gpu') {
    return providerOf(name, directory) === 'cuda'
      ? "install the GPU's driver, CUDA 12 and cuDNN 9, with their folders in LD_LIBRARY_PATH; docs/backends.md has the list"
      : "install the GPU's driver (Vulkan), or CUDA 12 as docs/backends.md describes";
  }
  const install = `pipeline backend install ${name}`;
  return made
    ? `${install} to reinstall it, or pipeline backend remove ${name}`
    : `check that libtensorflow is on the library path and fits this machine, or ${install}`;
}
