/** `pipeline init onnx`: compresses the layers of an ONNX model, and compares the results with the original. */
import type { ModelFacts } from '../host.ts';
import { COMPRESSION_STAGES } from './compression-stages.ts';
import type { NewFile } from './new-file.ts';
import { NEXT_COMMANDS } from './next-commands.ts';
import { imageInput, imageSize, openExtents } from './onnx-inputs.ts';
import { yamlWord } from './yaml-word.ts';

export interface OnnxProject {
  /** The paths are relative to the project's folder. */
  readonly model: string;
  /** The folder of the model, if it has several files. */
  readonly folder?: string;
  readonly inputs: ModelFacts['inputs'];
  /** The data to compare the models on. Without it, they are compared on random inputs. */
  readonly data?: { readonly path: string; readonly form: 'images' | 'arrays' };
}

export function onnxFiles(project: OnnxProject): readonly NewFile[] {
  return [{ path: 'pipeline.yaml', text: pipelineText(project) }];
}

function pipelineText(project: OnnxProject): string {
  const title = titleOf(project.model);
  return `\
# Compresses the layers of ${title} by SVD and CUR at several rates, and compares the results with the original.
${NEXT_COMMANDS}
stages:
  # Lists the layers that stay as they are, each with the reason: npx pipeline log model
  model:
    uses: model
${modelParameters(project)}\
    inputs: { model: ${yamlWord(`./${project.folder ?? project.model}`)} }

${COMPRESSION_STAGES}
${dataStage(project)}
  # With labels: the accuracy. Without: the share of predictions that stay the same, and the error of each output.
  baseline:
    uses: evaluate
    inputs: { models: model, data: data }
  evaluate:
    uses: evaluate
    each: decompose
    inputs: { models: decompose, data: data, reference: baseline }

  # Figures, tables and a page: artifacts/latest/report/index.html
  report:
    uses: report
    with: { title: ${yamlWord(`Compression of ${title}`)} }
    inputs: { scores: [baseline, evaluate], factors: factorize }
`;
}

function modelParameters({ model, folder, inputs, data }: OnnxProject): string {
  const file = folder === undefined ? '' : `      file: ${yamlWord(nameOf(model))}\n`;
  const title = `      title: ${yamlWord(titleOf(model))}\n`;
  if (data?.form !== 'images') return `    with:\n${file}${title}`;
  return `\
    with:
${file}${title}\
      # How an image becomes the input of the model: as in its training. Bytes are divided by "scale", then "mean" is
      # subtracted, then the result is divided by "deviation". Models trained on ImageNet often use
      # mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225]. With wrong numbers, the accuracy of the stage
      # "baseline" is lower than the one that you know.
      input: ${imageInput(inputs)}
`;
}

function dataStage({ data, inputs }: OnnxProject): string {
  if (data === undefined) {
    return `\
  # Random inputs. For your own data, use the stage type "images" or "arrays" instead: docs/data.md.
  data:
    uses: random-inputs
    with: { count: 64${openExtents(inputs)} }
    inputs: { model: model }
`;
  }
  const isArrays = data.form === 'arrays';
  const comment = isArrays
    ? '# One array for each input of the model, with its name. The array "labels" is optional.'
    : IMAGES;
  const size = isArrays ? '' : imageSize(inputs);
  return `\
  ${comment}
  data:
    uses: ${data.form}
    with: { title: ${yamlWord(titleOf(data.path))}${size} }
    inputs: { ${data.form}: ${yamlWord(`./${data.path}`)} }
`;
}

const IMAGES = `\
# The test images: one folder for each class, or images without labels (docs/data.md has other forms). The shorter side
  # of an image is resized, then the square in the middle is cut out, as in the tests of the model: ImageNet often has
  # resize: 256, crop: 224. With labels: false, the folders are not classes.`;

function nameOf(path: string): string {
  return path.replace(/\/+$/, '').split('/').at(-1)!;
}

/** The name of the file without its extension. */
function titleOf(path: string): string {
  return nameOf(path).replace(/(?<=.)\.(?:onnx|npz|zip|tar|tar\.gz|tgz)$/, '');
}
