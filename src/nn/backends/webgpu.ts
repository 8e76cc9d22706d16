/**
 * WebGPU in Node: Dawn (the npm package `webgpu`) under tfjs's backend of that name. It works with GPUs of any vendor
 * that have Vulkan, Metal or Direct3D 12.
 *
 * Values can't be read synchronously: read a tensor with `data`, never with `dataSync`.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ExpectedError } from '../../base/expected-error.ts';
import { dawnBeside } from './locate.ts';

export interface WebGpu {
  /** The version of the package with Dawn. */
  readonly dawn: string;
  /** The adapter as its driver describes it. */
  readonly adapter: string;
  /** An emulation on the processor: correct, and slower than any other backend. */
  readonly software: boolean;
}

/** Creates `navigator.gpu`, and loads the backend from `directory`. Throws if there is no adapter. */
export async function loadWebGpu(directory: string): Promise<WebGpu> {
  const require = createRequire(import.meta.url);
  const dawn = dawnBeside(directory);
  const { create, globals } = (await import(pathToFileURL(join(dawn, 'index.js')).href)) as {
    readonly create: (flags: readonly string[]) => Gpu;
    readonly globals: object;
  };
  Object.assign(globalThis, globals);
  const gpu = create([]);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new ExpectedError(
      'no GPU with a driver for Vulkan, Metal or Direct3D 12',
      '"pipeline doctor" shows which backends start here',
    );
  }
  const { description, device, vendor } = adapter.info;
  const name = description || device || vendor;
  require(directory);
  const { version } = require(join(dawn, 'package.json')) as { readonly version: string };
  return { dawn: version, adapter: name, software: isSoftware(name) };
}

/** Uses the name that its driver reports. */
export function isSoftware(adapter: string): boolean {
  return /swiftshader|llvmpipe|lavapipe|basic render/i.test(adapter);
}

interface Gpu {
  requestAdapter(options: object): Promise<{
    readonly info: Readonly<Record<'vendor' | 'device' | 'description', string>>;
  } | null>;
}
