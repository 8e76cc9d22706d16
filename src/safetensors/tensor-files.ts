/**
 * Finds the files of a set of tensors: one file, all files of a folder, or the shards that an index names.
 *
 * An index, `*.safetensors.index.json`, maps each tensor to a file beside it. A folder with an index consists of the
 * files of the index, whatever else it contains. Symbolic links are followed, because caches of models consist of them.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { checkedJson } from '../base/checked-json.ts';
import { ExpectedError } from '../base/expected-error.ts';
import { readText } from '../base/read-file.ts';
import { unlessAbsent } from '../base/system-error.ts';

const schema = v.looseObject({
  /** Tensor -> name of its file. */
  weight_map: v.record(v.string(), v.string()),
});

export type IndexContent = v.InferOutput<typeof schema>;

export interface TensorIndex {
  /** The name of its file. */
  readonly name: string;
  readonly content: IndexContent;
}

export interface TensorFiles {
  readonly folder: string;
  /** Names in the folder, in order. */
  readonly files: readonly string[];
  readonly index?: TensorIndex;
}

/**
 * Bytes of an index, and of the header of a file. Indexes of 100,000 tensors have 10 MB. A hostile text can take 50
 * times its size in memory when it is parsed.
 */
export const TEXT_LIMIT = 2 ** 24;

const INDEX = '.safetensors.index.json';
const ADVICE = 'save the model again, or copy all of its files again';

export function findTensorFiles(path: string): TensorFiles {
  const status = unlessAbsent(() => statSync(path));
  if (!status) throw new ExpectedError(`${path} does not exist`, 'correct the path');
  if (status.isDirectory()) return filesOfFolder(path);
  if (path.endsWith(INDEX)) return filesOfIndex(path);
  return { folder: dirname(path), files: [basename(path)] };
}

function filesOfFolder(folder: string): TensorFiles {
  const names = readdirSync(folder).sort();
  const indexes = names.filter((name) => name.endsWith(INDEX));
  if (indexes.length > 1) {
    throw new ExpectedError(
      `${folder} has several indexes: ${indexes.join(', ')}`,
      'name one of them instead of the folder',
    );
  }
  if (indexes[0] !== undefined) return filesOfIndex(join(folder, indexes[0]));
  const files = names.filter((name) => name.endsWith('.safetensors'));
  if (files.length > 0) return { folder, files };
  throw new ExpectedError(
    `${folder} has no file *.safetensors`,
    'save the weights as safetensors; python/save_model.py does it for any PyTorch module',
  );
}

function filesOfIndex(path: string): TensorFiles {
  if (statSync(path).size > TEXT_LIMIT) {
    throw new ExpectedError(`${path} has more than ${TEXT_LIMIT} bytes`, ADVICE);
  }
  const content = checkedJson(readText(path), schema, path, ADVICE);
  const files = [...new Set(Object.values(content.weight_map))].sort();
  if (files.length === 0) throw new ExpectedError(`${path} names no tensors`, ADVICE);
  const folder = dirname(path);
  for (const file of files) requireBeside(file, folder, path);
  return { folder, files, index: { name: basename(path), content } };
}

function requireBeside(file: string, folder: string, index: string): void {
  // Every separator of any system, so that the same index means the same everywhere.
  if (/^\.{0,2}$|[\\/\0]/.test(file)) {
    throw new ExpectedError(
      `${index} names ${JSON.stringify(file)}, which is not a file in its folder`,
      'an index names only files beside it',
    );
  }
  if (unlessAbsent(() => statSync(join(folder, file)))) return;
  throw new ExpectedError(
    `${index} names ${JSON.stringify(file)}, which does not exist`,
    `copy all files of the model into ${folder}`,
  );
}
