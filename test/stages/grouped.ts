/** A convolution with groups, the last of which has rank 1. */
import { randomStream } from '../../src/linalg/random.ts';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import type { SmallModel } from '../onnx/small-models.ts';
import { type Folder, json } from './workbench.ts';

const random = randomStream(1, 'groups');

const filled = (length: number) => Float32Array.from({ length }, () => random.normal() / 4);

export const [GROUPS, OUT, IN, WINDOW] = [3, 4, 5, 9] as const;

export const size = OUT * IN * WINDOW;

/** The last group has rank 1. */
export const grouped = groupedWeights();

function groupedWeights(): Float32Array<ArrayBuffer> {
  const weights = filled(GROUPS * size);
  const first = 2 * size;
  for (let row = 1; row < OUT; row++) {
    for (let i = 0; i < IN * WINDOW; i++) {
      weights[first + row * IN * WINDOW + i] = row * weights[first + i]!;
    }
  }
  return weights;
}

export const network: SmallModel = {
  inputs: { x: ['N', 15, 7, 6] },
  outputs: ['y', 'z'],
  constants: {
    w: { shape: [GROUPS * OUT, IN, 3, 3], data: grouped },
    b: { shape: [GROUPS * OUT], data: filled(GROUPS * OUT) },
    head: { shape: [6, 12, 1, 1], data: filled(72) },
    // One weight with different groups.
    tied: { shape: [4, 2, 1, 1], data: filled(8) },
    narrow: { shape: [2, 6, 1, 1], data: filled(12) },
    wide: { shape: [4, 6, 1, 1], data: filled(24) },
  },
  nodes: [
    ['Conv', ['x', 'w', 'b'], ['a'], { group: GROUPS, pads: [1, 0, 2, 1], strides: [2, 1] }, '/g'],
    ['Conv', ['a', 'head'], ['y'], {}, '/head'],
    ['Conv', ['y', 'narrow'], ['n'], {}, '/narrow'],
    ['Conv', ['n', 'tied'], ['p'], {}, '/whole'],
    ['Conv', ['y', 'wide'], ['q'], {}, '/wide'],
    ['Conv', ['q', 'tied'], ['r'], { group: 2 }, '/halves'],
    ['Add', ['p', 'r'], ['z']],
  ],
};

export const schemes = ['channel', 'input', 'spatial'] as const;

export const historyOf = (folder: Folder) =>
  json<{ parameters: number; options: object; history: ModelHistory }>(folder, 'model.json');
