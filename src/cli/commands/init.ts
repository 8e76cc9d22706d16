/** `pipeline init`: writes a small pipeline that runs as it is. It overwrites no file. */
import { Option } from 'commander';
import { ExpectedError, isExpectedError } from '../../base/expected-error.ts';
import { didYouMean } from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { experimentFiles } from '../init/experiment.ts';
import { installOnnx } from '../init/install-onnx.ts';
import type { NewFile } from '../init/new-file.ts';
import { onnxFiles } from '../init/onnx.ts';
import { onnxProject } from '../init/onnx-project.ts';
import { pytorchFiles } from '../init/pytorch.ts';
import { visible, wrap } from '../render/text.ts';

interface InitOptions {
  readonly images?: string;
  readonly arrays?: string;
  readonly install: boolean;
}

const kinds = ['experiment', 'onnx', 'pytorch'] as const;

type Kind = (typeof kinds)[number];

export const addInit: AddCommand = (program, host, finish) => {
  program
    .command('init')
    .description('write a small pipeline into the current folder')
    .argument(
      '[kind]',
      'onnx: compress an ONNX model; pytorch: compress a PyTorch model; experiment: train a network first',
      'experiment',
    )
    .argument('[model]', 'the ONNX model, for the kind onnx')
    .option('--images <path>', 'for the kind onnx: the images to compare the models on')
    .addOption(
      new Option(
        '--arrays <file>',
        'for the kind onnx: an .npz file with inputs to compare on',
      ).conflicts('images'),
    )
    .option('--no-install', 'do not install ONNX Runtime, which the kind onnx needs')
    .action(async (kind: string, model: string | undefined, options: InitOptions) => {
      finish(await init(host, kind, model, options));
    });
};

async function init(
  host: Host,
  kind: string,
  model: string | undefined,
  options: InitOptions,
): Promise<number> {
  const print = (text: string): void =>
    void host.stdout.write(`${wrap(visible(text), host.columns)}\n`);
  try {
    const files = await filesOf(host, kindOf(kind), model, options);
    writeFiles(host, files);
    for (const { path } of files) print(`wrote ${path}`);
  } catch (problem) {
    if (!isExpectedError(problem)) throw problem;
    const help = problem.advice === undefined ? '' : `\n  help: ${problem.advice}`;
    host.stderr.write(`${wrap(visible(`error: ${problem.message}${help}`), host.columns)}\n`);
    return exitCodes.badInput;
  }
  if (kind === 'onnx' && options.install && !(await installOnnx(host))) return exitCodes.failed;
  // With wrong numbers, the model runs all the same, and its scores are wrong.
  if (options.images !== undefined) print(`first: ${NORMALIZATION}`);
  print('next: npx pipeline run');
  return exitCodes.done;
}

const NORMALIZATION =
  'in pipeline.yaml, set "mean" and "deviation" of the stage "model" to those of the training';

function kindOf(text: string): Kind {
  const kind = kinds.find((one) => one === text);
  if (kind) return kind;
  if (text.endsWith('.onnx')) {
    throw new ExpectedError(
      `"${text}" is not a kind of project`,
      `for a model, run "pipeline init onnx ${text}"`,
    );
  }
  throw new ExpectedError(
    `"${text}" is not a kind of project${didYouMean(text, kinds)}`,
    `the kinds are ${kinds.join(', ')}`,
  );
}

async function filesOf(
  host: Host,
  kind: Kind,
  model: string | undefined,
  { images, arrays }: InitOptions,
): Promise<readonly NewFile[]> {
  if (kind === 'onnx') return onnxFiles(await onnxProject(host, model, { images, arrays }));
  if (model !== undefined || images !== undefined || arrays !== undefined) {
    throw new ExpectedError(
      `the kind ${kind} takes no ${model === undefined ? 'data' : 'model'}`,
      'for an ONNX model, run "pipeline init onnx MODEL"',
    );
  }
  return kind === 'pytorch' ? pytorchFiles(host.packageText) : experimentFiles();
}

/** Nothing is written if one of the files exists. */
function writeFiles(host: Host, files: readonly NewFile[]): void {
  const here = host.openFolder('.');
  const existing = files.filter(({ path }) => here.kind(path) !== undefined);
  const advice = 'move it away, or run the command in another folder';
  if (existing.length > 0) {
    const names = existing.map(({ path }) => `"${path}"`).join(', ');
    const verb = existing.length === 1 ? 'exists' : 'exist';
    throw new ExpectedError(`${names} already ${verb}; nothing was written`, advice);
  }
  for (const { path, text } of files) {
    const fault = host.writeText(path, text, 'nothing');
    if (fault !== undefined) throw new ExpectedError(`"${path}" ${fault}`, advice);
  }
}
