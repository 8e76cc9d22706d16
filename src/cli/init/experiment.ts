/** `pipeline init experiment`: trains a small network, compresses it, and measures the loss of accuracy. */
import type { NewFile } from './new-file.ts';
import { NEXT_COMMANDS } from './next-commands.ts';

export function experimentFiles(): readonly NewFile[] {
  return [{ path: 'pipeline.yaml', text: PIPELINE }];
}

const PIPELINE = `\
# Trains a small VGG-11 on MNIST, compresses its classifier by SVD and CUR, and measures the loss of accuracy.
${NEXT_COMMANDS}
vars:
  # mnist, fashion-mnist or cifar10
  dataset: mnist
  # A rate of 5 leaves a fifth of the parameters of each layer.
  rates: [2, 5, 10, 25, 50]
  seeds: [0]

stages:
  download:
    uses: download
    with: { dataset: "\${dataset}" }

  # One network for each seed.
  train:
    uses: train
    matrix: { trial: "\${seeds}" }
    with:
      network: { architecture: vgg11, width: 0.125, hidden: 512 }
      epochs: 2
      batch: 64
      learningRate: 1.0e-3
      decay: 0.5
      weightDecay: 0
      # The number of training images that are used; null for all.
      limit: 25000
      seed: \${matrix.trial}
    inputs: { data: download }

  # The singular values and vectors of each layer. They are computed once for all rates.
  factorize:
    uses: factorize
    each: train
    inputs: { model: train }

  # One compressed network for each method and rate.
  decompose:
    uses: decompose
    each: train
    matrix: { method: [svd, cur-deim], rate: "\${rates}" }
    with: { method: "\${matrix.method}", rate: "\${matrix.rate}" }
    inputs: { model: train, factors: factorize }

  # The accuracy of the networks before and after compression.
  baseline:
    uses: evaluate
    each: train
    inputs: { models: train, data: download }
  evaluate:
    uses: evaluate
    each: decompose
    inputs: { models: decompose, data: download, reference: baseline }

  # Figures, tables and a page: artifacts/latest/report/index.html
  report:
    uses: report
    with: { title: "Compression of a VGG-11" }
    inputs: { scores: [baseline, evaluate], factors: factorize, models: train }
`;
