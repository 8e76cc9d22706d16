/** What `pipeline init` finds out about a user's images before it writes a pipeline for them. */
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isExpectedError } from '../base/expected-error.ts';
import { isSystemError } from '../base/system-error.ts';
import type { ModelFault } from '../cli/host.ts';
import { ARCHIVE, commonFolder, imageFormat, isImage } from '../datasets/formats/image-format.ts';

/** Undefined if there are images. Reads names only, and stops at the first image, because there may be a million. */
export async function faultOfImages(path: string): Promise<ModelFault | undefined> {
  try {
    const names: string[] = [];
    for await (const name of namesAt(path)) {
      if (isImage(name)) return undefined;
      names.push(name);
    }
    const common = commonFolder(names);
    imageFormat(
      names.map((name) => name.slice(common.length)),
      true,
    );
    return undefined;
  } catch (problem) {
    if (isSystemError(problem)) {
      const advice = 'make it readable for you, or name another folder';
      return { message: `it can't be read: ${problem.message}`, advice };
    }
    if (!isExpectedError(problem)) throw problem;
    return { message: problem.message, advice: problem.advice ?? 'copy it again' };
  }
}

async function* namesAt(path: string): AsyncGenerator<string> {
  if (statSync(path).isDirectory()) {
    yield* namesIn(path, '', MOST_FOLDERS);
  } else if (ARCHIVE.test(path)) {
    const { namesInTar } = await import('../datasets/sources/unpack-tar.ts');
    yield* namesInTar(path);
  } else yield basename(path);
}

/** A link to a folder around it has no end. */
const MOST_FOLDERS = 20;

function* namesIn(folder: string, prefix: string, depth: number): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const found = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry;
    if (!found?.isDirectory()) yield prefix + entry.name;
    else if (depth > 0) yield* namesIn(path, `${prefix}${entry.name}/`, depth - 1);
  }
}
