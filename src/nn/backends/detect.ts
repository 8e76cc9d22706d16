/**
 * Which backends can start here, and for those that can't, why and what to do. Loads no tfjs.
 *
 * A package that is found counts as available, except the native ones: their binding is a library
 * built or downloaded by an install script, and whether it loads is known only by loading it. That is
 * done once, in a child process (`probe.ts`), and remembered.
 */
import { bindingOf, type Located, locateBackend } from './locate.ts';
import { type BackendName, backendNames, packageOf } from './names.ts';
import { type ProbeOptions, probeBinding } from './probe.ts';
import { isSoftware } from './webgpu.ts';

export type BackendState =
  | {
      readonly name: BackendName;
      readonly status: 'available';
      /** Of the library that computes: libtensorflow's for the native backends, else the package's. */
      readonly version: string;
      /** Taken only where a person names it: it would be slower than those after it. */
      readonly byName?: boolean;
    }
  | {
      readonly name: BackendName;
      readonly status: 'absent' | 'without its binding' | 'does not start';
      readonly reason: string;
      readonly advice: string;
    };

export interface DetectOptions extends ProbeOptions {
  /** What `pipeline backend install` made is looked for here. */
  readonly userFolder?: string;
  /** Where a backend's package is, if anywhere; for tests. */
  readonly locate?: (name: BackendName) => Located | undefined;
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
  const located = options.locate ? options.locate(name) : locateBackend(name, options.userFolder);
  if (name === 'wasm' || name === 'cpu') {
    if (located) return { name, status: 'available', version: located.version };
    const reason = `the package ${packageName} is not installed`;
    return { name, status: 'absent', reason, advice: `npm install ${packageName}` };
  }
  const advice = `pipeline backend install ${name}`;
  if (!located) {
    const reason = `the package ${packageName} is not installed`;
    return { name, status: 'absent', reason, advice };
  }
  const binding = bindingOf(name, located.directory);
  if (binding === undefined) {
    const reason = `${packageName} is installed, but its native library is not there`;
    return { name, status: 'without its binding', reason, advice };
  }
  const { directory, version } = located;
  const target = { name, directory, binding, packageVersion: version };
  const probe = await probeBinding(target, options);
  if (probe.starts) {
    const byName = name === 'webgpu' && isSoftware(probe.version);
    return { name, status: 'available', version: probe.version, ...(byName && { byName }) };
  }
  return { name, status: 'does not start', reason: probe.reason, advice: fixFor(name, located) };
}

function fixFor(name: BackendName, { made }: Located): string {
  if (name === 'webgpu') return "install the GPU's driver (Vulkan), then `pipeline doctor`";
  const install = `pipeline backend install ${name}`;
  return made
    ? `${install} to reinstall it, or pipeline backend remove ${name}`
    : `check that libtensorflow is on the library path and fits this machine, or ${install}`;
}
