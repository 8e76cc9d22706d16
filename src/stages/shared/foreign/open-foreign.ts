/** Opens the files of a model that another program made, by its format. */

import type { ForeignJson } from '../models/foreign-json.ts';
import type { ForeignFile, GivenFiles } from './foreign-file.ts';
import { linkedFolder } from './named-folder.ts';

export type ForeignSource = Pick<ForeignJson, 'format' | 'file' | 'options'>;

/** @param scratch an empty folder */
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
  return openTensorModel(linkedFolder(given, scratch), file, options);
}
