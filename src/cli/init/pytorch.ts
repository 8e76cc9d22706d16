/** `pipeline init pytorch`: saves, compresses and measures a PyTorch model. Python runs as shell commands. */
import { COMPRESSION_STAGES } from './compression-stages.ts';
import type { NewFile } from './new-file.ts';
import { NEXT_COMMANDS } from './next-commands.ts';

/** @param packageText the text of a file of this package */
export function pytorchFiles(packageText: (path: string) => string): readonly NewFile[] {
  const scripts = SCRIPTS.map((path) => ({
    path: path.split('/').at(-1)!,
    text: packageText(`python/${path}`),
  }));
  return [{ path: 'pipeline.yaml', text: PIPELINE }, ...scripts];
}

/** Below `python/` of the package. */
const SCRIPTS = [
  'project/network.py',
  'project/save.py',
  'project/evaluate.py',
  'save_model.py',
  'lowrank_loader.py',
  'write_scores.py',
];

const PIPELINE = `\
# Compresses the layers of a PyTorch network by SVD and CUR at several rates, and measures the results.
#
# network.py has the network, its weights and the data. Replace its three functions by your own. Python needs torch.
${NEXT_COMMANDS}
vars:
  title: network
  dataset: data

stages:
  # The weights as safetensors.
  original:
    run: python3 save.py weights
    files: [network.py, save.py, save_model.py]
    outputs: [weights]

  # Lists the layers that can be compressed, and the reason for each of the others: npx pipeline log model
  model:
    uses: model
    with: { title: "\${title}" }
    inputs: { model: original }

${COMPRESSION_STAGES}
  # The scores of the network before and after compression. lowrank_loader.py loads a compressed model into your network:
  # load(network, "artifacts/latest/decompose/...").
  baseline:
    run: python3 evaluate.py weights scores
    with: { title: "\${title}", dataset: "\${dataset}" }
    files: [network.py, evaluate.py, lowrank_loader.py, write_scores.py]
    inputs: { weights: original }
    outputs: [scores]
  evaluate:
    each: decompose
    run: python3 evaluate.py weights scores reference
    with:
      title: \${title}
      dataset: \${dataset}
      method: \${matrix.method}
      rate: \${matrix.rate}
    files: [network.py, evaluate.py, lowrank_loader.py, write_scores.py]
    inputs: { weights: decompose, reference: baseline }
    outputs: [scores]

  # Figures, tables and a page: artifacts/latest/report/index.html
  report:
    uses: report
    with: { title: "Compression of \${title}" }
    inputs: { scores: [baseline, evaluate], factors: factorize }
`;
