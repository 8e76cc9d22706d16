/** Checks the files that `pipeline init onnx` names in a pipeline. */
import { ExpectedError } from '../../base/expected-error.ts';
import type { ProjectFolder } from '../../dvc/project-folder.ts';
import { didYouMean } from '../../runner/index.ts';
import type { Host } from '../host.ts';
import type { OnnxProject } from './onnx.ts';

type Form = 'images' | 'arrays';

/** Paths of data to compare the models on, at most one of them. */
type GivenData = Readonly<Record<Form, string | undefined>>;

/** @throws ExpectedError if a file is missing, outside the folder, or not what it should be */
export async function onnxProject(
  host: Host,
  model: string | undefined,
  { images, arrays }: GivenData,
): Promise<OnnxProject> {
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
  const described = await host.describeOnnx(path);
  if (!described.ok) {
    const { message, advice } = described.error;
    throw new ExpectedError(`"${model}" can't be used: ${message}`, advice);
  }
  const { inputs, externalFiles } = described.value;
  const folder = externalFiles.length > 0 ? folderOf(path, externalFiles) : undefined;
  const project = { model: path, inputs, ...(folder !== undefined && { folder }) };
  if (images !== undefined) {
    const data = dataAt(here, images, 'images');
    const fault = await host.faultOfImages(data.path);
    if (fault) throw new ExpectedError(`"${images}" can't be used: ${fault.message}`, fault.advice);
    return { ...project, data };
  }
  return arrays === undefined ? project : { ...project, data: dataAt(here, arrays, 'arrays') };
}

/** A stage gets the files that it names, so a model of several files is named by its folder. */
function folderOf(path: string, externalFiles: readonly string[]): string {
  const end = path.lastIndexOf('/');
  if (end >= 0) return path.slice(0, end);
  throw new ExpectedError(
    `the weights of "${path}" are in ${externalFiles.map((one) => `"${one}"`).join(', ')}`,
    `move these files into a folder without other files, and run "pipeline init onnx FOLDER/${path}"`,
  );
}

function dataAt(here: ProjectFolder, given: string, form: Form): OnnxProject['data'] & object {
  const path = within(given);
  if (here.kind(path) !== undefined) return { path, form };
  const what = {
    images: 'a folder, an archive, or an .npz file of images',
    arrays: 'an .npz file',
  };
  throw new ExpectedError(`"${given}" does not exist`, `name ${what[form]} in this folder`);
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
    'copy it here, or make a symbolic link to it',
  );
}
