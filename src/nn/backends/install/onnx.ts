/** The npm package of ONNX Runtime. It has the libraries of all platforms, 290 MB. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure } from '../../failure.ts';
import { isOnnx } from '../names.ts';
import { thisPlatform, whyUnsupported } from '../onnx-platforms.ts';
import type { Installable } from './recipe.ts';

interface Machine {
  readonly os: string;
  readonly arch: string;
}

/** Known before anything is downloaded. */
export function unsupportedHere(name: Installable, machine: Machine): Failure | undefined {
  if (!isOnnx(name)) return undefined;
  const unsupported = whyUnsupported({ ...machine, musl: thisPlatform().musl });
  return unsupported && { message: unsupported.reason, advice: unsupported.advice };
}

export function dropOtherPlatforms(directory: string, { os, arch }: Machine): void {
  const libraries = join(directory, 'bin', 'napi-v6');
  for (const system of readdirSync(libraries)) {
    for (const processor of readdirSync(join(libraries, system))) {
      if (system === os && processor === arch) continue;
      rmSync(join(libraries, system, processor), { recursive: true });
    }
  }
}
