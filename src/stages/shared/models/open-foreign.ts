/** Opens the files of a model that another program made, by its format. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ForeignFile, GivenFiles } from './foreign-file.ts';
import type { ForeignJson } from './foreign-json.ts';

export type ForeignSource = Pick<ForeignJson, 'format' | 'file' | 'options'>;

/** @param scratch an empty folder, or one that this function filled for the same files */
export async function openForeign(
  { format, file, options }: ForeignSource,
  given: GivenFiles,
  scratch: string,
): Promise<ForeignFile> {
  if (format === 'onnx') {
    const { openOnnxModel } = await import('./onnx-model.ts');
    return openOnnxModel(given, file);
  }
  const { openTensorModel } = await import('./tensor-model.ts');
  return openTensorModel(namedFolder(given, scratch), file, options);
}

/** A folder in which the files of an artifact have their names, as links. */
export function namedFolder({ files, path }: GivenFiles, scratch: string): string {
  const folder = join(scratch, 'files');
  for (const file of files) {
    const place = join(folder, file);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(path(file), place);
  }
  return folder;
}
