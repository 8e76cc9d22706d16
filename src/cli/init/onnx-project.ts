/** Checks the files that `pipeline init onnx` names in a pipeline. */
import { ExpectedError } from '../../base/expected-error.ts';
import { didYouMean } from '../../runner/index.ts';
import type { Host } from '../host.ts';
import type { OnnxProject } from './onnx.ts';

/** @throws ExpectedError if a file is missing, outside the folder, or not what it should be */
export function onnxProject(
  host: Host,
  model: string | undefined,
  data: string | undefined,
): OnnxProject {
  if (model === undefined) {
    const [one] = modelsIn(host);
    throw new ExpectedError('no model is named', `run "pipeline init onnx ${one ?? 'MODEL'}"`);
  }
  const path = within(model);
  const here = host.openFolder('.');
  const kind = here.kind(path);
  if (kind === undefined) {
    const models = modelsIn(host);
    const names = models.map((one) => `"${one}"`).join(', ');
    throw new ExpectedError(
      `"${model}" does not exist${didYouMean(path, models)}`,
      models.length === 0 ? 'name an .onnx file in this folder' : `this folder has ${names}`,
    );
  }
  const checked = host.checkOnnxFile(path);
  if (!checked.ok) {
    throw new ExpectedError(
      `"${model}" can't be used: ${checked.error.message}`,
      checked.error.advice,
    );
  }
  if (data === undefined) return { model: path };
  const dataPath = within(data);
  if (here.kind(dataPath) === undefined) {
    throw new ExpectedError(
      `"${data}" does not exist`,
      'name a folder of images, or an .npz file with the inputs of the model',
    );
  }
  const form = dataPath.endsWith('.npz') ? 'arrays' : 'images';
  return { model: path, data: { path: dataPath, form } };
}

function modelsIn(host: Host): readonly string[] {
  return host
    .openFolder('.')
    .list('.')
    .filter((name) => name.endsWith('.onnx'));
}

/** The files of a pipeline are in its folder, so that its results do not depend on where it is. */
function within(path: string): string {
  const inside = path.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
  if (inside !== '' && !inside.startsWith('/') && !inside.split('/').includes('..')) return inside;
  throw new ExpectedError(
    `"${path}" is outside this folder`,
    'copy the file here, or make a symbolic link to it',
  );
}
