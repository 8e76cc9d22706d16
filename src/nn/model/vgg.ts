/**
 * VGG-11 without batch normalization (Simonyan and Zisserman 2015, configuration A), by width.
 *
 * Layers are named as in torchvision, so that its state dicts fit. At full size the head is
 * 25088-4096-4096: on 32x32 images the last map is 1x1, and the 7x7 average pool copies it 49 times.
 */
import type { Layer, ModelDescription } from './description.ts';

export interface VggOptions {
  /** Height, width, channels; 32 or more in height and width for five halvings. */
  readonly input: readonly [number, number, number];
  readonly classes: number;
  /** Factor on the channels of each convolution. */
  readonly width: number;
  /** Units of the two hidden dense layers. */
  readonly hidden: number;
  /** Side of the average-pooled map: 7 as in torchvision, 1 for one value a channel. */
  readonly pool: number;
}

/** Channels of configuration A; a zero stands for a max-pool. */
const configuration = [64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0] as const;

export function vgg11(options: VggOptions): ModelDescription {
  const features: Layer[] = [];
  let channels = options.input[2];
  for (const base of configuration) {
    if (base === 0) {
      features.push({ kind: 'max-pool', size: 2, stride: 2 });
      continue;
    }
    const out = Math.max(1, Math.round(base * options.width));
    const name = `features.${features.length}`;
    features.push(
      {
        kind: 'convolution',
        name,
        in: channels,
        out,
        kernel: [3, 3],
        stride: [1, 1],
        padding: [1, 1],
        bias: true,
      },
      { kind: 'relu' },
    );
    channels = out;
  }
  const { input, classes, pool } = options;
  return { input, classes, features, classifier: head(channels * pool * pool, options) };
}

function head(inputs: number, { classes, hidden, pool }: VggOptions): readonly Layer[] {
  return [
    { kind: 'adaptive-average-pool', size: pool },
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
