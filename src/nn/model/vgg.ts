/**
 * VGG with 11, 13, 16 or 19 layers (Simonyan and Zisserman 2015, configurations A, B, D and E), by
 * width, with or without batch normalization.
 *
 * Layers are named as in torchvision, so that its state dicts fit. At full size the head `published` is
 * 25088-4096-4096: on 32x32 images the last map is 1x1, and the 7x7 average pool copies it 49 times. The
 * head `flat` uses the last map without pooling: there it is 512-4096-4096.
 */
import type { Layer, ModelDescription } from './description.ts';

export const vggNames = ['vgg11', 'vgg13', 'vgg16', 'vgg19'] as const;
export type VggName = (typeof vggNames)[number];

export const heads = ['published', 'flat'] as const;

/** Old name -> current name. */
export const renamedHeads = { seed: 'published' } as const;
export type Head = (typeof heads)[number];

/** The smallest size that five halvings leave at 1. */
export const smallestVggInput = 32;

export interface VggWidths {
  /** Height, width, channels; `smallestVggInput` or more in height and width. */
  readonly input: readonly [number, number, number];
  readonly classes: number;
  /** Multiplies the channels of each convolution. */
  readonly width: number;
  /** Units of the two hidden dense layers. */
  readonly hidden: number;
  /** Side of the average-pooled map of the head `published`: 7 as in torchvision, 1 for one value per channel. */
  readonly pool: number;
}

export interface VggOptions extends VggWidths {
  readonly architecture: VggName;
  readonly batchNorm: boolean;
  readonly head: Head;
}

/** The channels of the convolutions before each of the five max-pools. */
const blocks: Readonly<Record<VggName, readonly (readonly [number, number])[]>> = {
  vgg11: [
    [1, 64],
    [1, 128],
    [2, 256],
    [2, 512],
    [2, 512],
  ],
  vgg13: [
    [2, 64],
    [2, 128],
    [2, 256],
    [2, 512],
    [2, 512],
  ],
  vgg16: [
    [2, 64],
    [2, 128],
    [3, 256],
    [3, 512],
    [3, 512],
  ],
  vgg19: [
    [2, 64],
    [2, 128],
    [4, 256],
    [4, 512],
    [4, 512],
  ],
};

export function vgg(options: VggOptions): ModelDescription {
  const features: Layer[] = [];
  let shape = options.input;
  for (const [convolutions, base] of blocks[options.architecture]) {
    for (let i = 0; i < convolutions; i++) {
      const out = Math.max(1, Math.round(base * options.width));
      features.push(...convolution(features.length, shape[2], out, options.batchNorm));
      shape = [shape[0], shape[1], out];
    }
    features.push({ kind: 'max-pool', size: 2, stride: 2 });
    shape = [Math.floor(shape[0] / 2), Math.floor(shape[1] / 2), shape[2]];
  }
  const { input, classes } = options;
  return { input, classes, features, classifier: head(shape, options) };
}

/** The network of the published experiment: VGG-11 without batch normalization, with its head. */
export function vgg11(options: VggWidths): ModelDescription {
  return vgg({ ...options, architecture: 'vgg11', batchNorm: false, head: 'published' });
}

function convolution(
  index: number,
  channels: number,
  out: number,
  batchNorm: boolean,
): readonly Layer[] {
  return [
    {
      kind: 'convolution',
      name: `features.${index}`,
      in: channels,
      out,
      kernel: [3, 3],
      stride: [1, 1],
      padding: [1, 1],
      bias: true,
    },
    ...(batchNorm
      ? [{ kind: 'batch-norm', name: `features.${index + 1}`, channels: out } as const]
      : []),
    { kind: 'relu' },
  ];
}

function head(
  [height, width, channels]: readonly [number, number, number],
  { classes, hidden, pool, head }: VggOptions,
): readonly Layer[] {
  const pooled = head === 'published';
  const inputs = channels * (pooled ? pool * pool : height * width);
  return [
    ...(pooled ? [{ kind: 'adaptive-average-pool', size: pool } as const] : []),
    { kind: 'flatten' },
    { kind: 'dense', name: 'classifier.0', in: inputs, out: hidden, bias: true },
    { kind: 'relu' },
    { kind: 'dropout', rate: 0.5 },
    { kind: 'dense', name: 'classifier.3', in: hidden, out: hidden, bias: true },
    { kind: 'relu' },
    { kind: 'dropout', rate: 0.5 },
    { kind: 'dense', name: 'classifier.6', in: hidden, out: classes, bias: true },
  ];
}
