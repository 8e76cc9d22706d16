/** Takes the model of another program into the store, and describes it. */
import { constants, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { listed } from '../../../base/listed.ts';
import { type InputArtifact, StageError } from '../../../runner/index.ts';
import type { WholeLayer } from '../layers/compressible-layer.ts';
import { type ForeignJson, type Format, foreignJson } from '../models/foreign-json.ts';
import { requireUnchanged } from '../unchanged-file.ts';
import type { ForeignLayer } from './foreign-layer.ts';
import { openForeign } from './open-foreign.ts';

export interface Declared {
  readonly title: string | null;
  readonly file: string | null;
  readonly input: ForeignJson['input'];
  readonly classes: string | false | null;
  readonly layers: string[] | null;
  readonly transpose: string[] | null;
  readonly groups: Record<string, number> | null;
}

export interface Taken {
  readonly parameters: number;
  readonly layers: readonly ForeignLayer[];
  readonly whole: readonly WholeLayer[];
}

export async function takeForeign(
  source: InputArtifact,
  folder: string,
  { file: named, input, ...declared }: Declared,
  scratch: string,
): Promise<Taken> {
  const { file, format } = modelFile(source.files, named);
  const options = optionsFor(format, declared);
  if (format === 'safetensors' && input !== null) {
    throw new StageError(
      '"input" is for ONNX files: a command of yours computes the scores of safetensors',
      'remove it, and preprocess the images in the command',
    );
  }
  const opened = await openForeign({ format, file, options }, source, scratch);
  try {
    for (const name of opened.files) {
      if (RESERVED.includes(name)) {
        throw new StageError(
          `the model has a file ${name}, which is the name of a file that this program writes`,
          'save the model again, with other names for its files',
        );
      }
      const place = join(folder, name);
      mkdirSync(dirname(place), { recursive: true });
      // A copy: the user may write to the original.
      copyFileSync(source.path(name), place, constants.COPYFILE_FICLONE);
      requireUnchanged(source, name);
    }
    const { parameters } = opened;
    const title = declared.title ?? basename(file).replace(EXTENSION, '');
    const original = { classifier: parameters, total: parameters };
    // Rows of scores have the name of the data instead.
    const history = { title, dataset: title, original, training: { seed: 0 } };
    const { options } = opened;
    const json: ForeignJson = {
      ...{ format, file, parameters, options, input },
      ...(declared.classes !== null && { classes: declared.classes }),
      history,
    };
    writeFileSync(join(folder, 'model.json'), foreignJson(json));
    return { parameters, layers: opened.layers, whole: opened.whole };
  } finally {
    opened.close();
  }
}

/** Beside the files of a model. */
const RESERVED: readonly string[] = ['model.json', 'lowrank.json'];

const EXTENSION = /\.(onnx|safetensors|safetensors\.index\.json)$/;

interface ModelFile {
  readonly file: string;
  readonly format: Format;
}

/** The file of the model among the files of the input. */
function modelFile(files: readonly string[], named: string | null): ModelFile {
  if (named !== null) {
    if (!files.includes(named)) {
      throw new StageError(
        `the input has no file ${JSON.stringify(named)}`,
        `it has ${some(files)}`,
      );
    }
    if (!EXTENSION.test(named)) throw noModel([named]);
    return { file: named, format: formatOf(named) };
  }
  const indexes = files.filter((file) => file.endsWith('.safetensors.index.json'));
  // The other safetensors are shards.
  const models = files.filter(
    (file) => EXTENSION.test(file) && (indexes.length === 0 || !file.endsWith('.safetensors')),
  );
  const [file, ...others] = models;
  if (file === undefined) throw noModel(files);
  if (others.length > 0) {
    throw new StageError(
      `the input has several models: ${some(models)}`,
      'name one of them in "file"',
    );
  }
  return { file, format: formatOf(file) };
}

function formatOf(file: string): Format {
  return file.endsWith('.onnx') ? 'onnx' : 'safetensors';
}

function noModel(files: readonly string[]): StageError {
  return new StageError(
    `the input is not a model: ${some(files)}`,
    'give an .onnx file, a .safetensors file, or a folder with one of them; python/save_model.py saves a PyTorch model',
  );
}

function optionsFor(
  format: Format,
  { layers, transpose, groups }: Pick<Declared, 'layers' | 'transpose' | 'groups'>,
): ForeignJson['options'] {
  const options = {
    ...(layers && { layers }),
    ...(transpose && { transpose }),
    ...(groups && { groups }),
  };
  const [first] = Object.keys(options);
  if (format === 'onnx' && first !== undefined) {
    throw new StageError(
      `"${first}" is for safetensors: an ONNX file says which nodes are layers`,
      'select layers in the stages "factorize" and "decompose"',
    );
  }
  return options;
}

function some(files: readonly string[]): string {
  return files.length === 0 ? 'no files' : listed(files, 5);
}
