/** `pipeline init onnx`: compresses the layers of an ONNX model, and compares the results with the original. */
import type { NewFile } from './new-file.ts';
import { NEXT_COMMANDS } from './next-commands.ts';
import { yamlWord } from './yaml-word.ts';

export interface OnnxProject {
  /** The paths are relative to the project's folder. */
  readonly model: string;
  /** The data to compare the models on, if there is any. */
  readonly data?: { readonly path: string; readonly form: 'images' | 'arrays' };
}

export function onnxFiles(project: OnnxProject): readonly NewFile[] {
  return [{ path: 'pipeline.yaml', text: pipelineText(project) }];
}

function pipelineText({ model, data }: OnnxProject): string {
  const title = titleOf(model);
  const source = data ?? { path: 'images', form: 'images' as const };
  const scores = `${dataStages[source.form](source.path)}\n${scoreStages(title)}`;
  return `\
# Compresses the layers of ${title} by SVD and CUR at several rates.
${NEXT_COMMANDS}
stages:
  # Lists the layers that can be compressed, and the reason for each of the others: npx pipeline log model
  model:
    uses: model
    with:
      title: ${yamlWord(title)}
${source.form === 'images' ? inputLines(data !== undefined) : ''}\
    inputs: { model: ${yamlWord(`./${model}`)} }

  # The singular values and vectors of each layer. They are computed once for all methods and rates.
  # The last pattern that matches the name of a layer decides: ["*", "!*.head"] is every layer but the heads.
  factorize:
    uses: factorize
    with: { layers: ["*"], schemes: [channel] }
    inputs: { model: model }

  # One compressed model for each method and rate. A rate of 4 leaves a quarter of the parameters of each layer.
  decompose:
    uses: decompose
    matrix: { method: [svd, cur-deim], rate: [2, 4, 8] }
    with: { method: "\${matrix.method}", rate: "\${matrix.rate}", layers: ["*"] }
    inputs: { model: model, factors: factorize }

${data ? scores : `${WITHOUT_DATA}\n${asComment(scores)}`}`;
}

/** The input matters only if images are read. */
function inputLines(isRead: boolean): string {
  const lines = `\
      # How an image becomes the input of the model: as in its training. The defaults are size: null (images keep
      # their size), layout: nchw, channels: rgb, scale: 255 (bytes are divided by it), mean: [0], deviation: [1].
      # Models trained on ImageNet often use { size: 224, resize: 256, crop: 224, mean: [0.485, 0.456, 0.406],
      # deviation: [0.229, 0.224, 0.225] }.
`;
  return `${lines}${isRead ? '      input: { layout: nchw }\n' : '      # input: { layout: nchw }\n'}`;
}

const WITHOUT_DATA = `\
  # With data, the models are compared with the original. Put images into the folder images/ (docs/data.md describes
  # the forms), or use the stage type "arrays" for inputs in an .npz file. Then remove the "#" of these lines.
  #`;

const dataStages = {
  images: (path: string): string => `\
  # A folder images/CLASS/*.png or images/test/CLASS/*.png, an archive of it, or IDX files: docs/data.md.
  data:
    uses: images
    with: { title: ${yamlWord(titleOf(path))} }
    inputs: { images: ${yamlWord(`./${path}`)} }
`,
  arrays: (path: string): string => `\
  # One array for each input of the model, with its name. The array "labels" is optional.
  data:
    uses: arrays
    with: { title: ${yamlWord(titleOf(path))} }
    inputs: { arrays: ${yamlWord(`./${path}`)} }
`,
};

const scoreStages = (title: string): string => `\
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

function asComment(text: string): string {
  return text.replace(/^ {2}(?=\S| )/gm, '  # ').replace(/^(?=\n)/gm, '  #');
}

/** The name of the file without its extension. */
export function titleOf(path: string): string {
  const name = path.replace(/\/+$/, '').split('/').at(-1)!;
  return name.replace(/(?<=.)\.(?:onnx|npz|zip|tar|tar\.gz|tgz)$/, '');
}
