/** What a pipeline says about the inputs of an ONNX model. */
import type { ModelFacts } from '../host.ts';
import { yamlWord } from './yaml-word.ts';

type Inputs = ModelFacts['inputs'];

/** Extents that a text model leaves open are often lengths of sequences. */
const USUAL_EXTENT = 16;

/** The axes that the model leaves open, except that of the batch, as a further parameter of `random-inputs`. */
export function openExtents(inputs: Inputs): string {
  const names = inputs.flatMap(({ name, shape = [] }) =>
    shape
      .slice(1)
      .flatMap((extent, i) =>
        typeof extent === 'number' ? [] : [extent === '' ? `${name}.${i + 1}` : extent],
      ),
  );
  if (names.length === 0) return '';
  const extents = [...new Set(names)].map((name) => `${yamlWord(name)}: ${USUAL_EXTENT}`);
  return `, extents: { ${extents.join(', ')} }`;
}

const CHANNELS: Readonly<Record<number, string>> = { 1: 'gray', 3: 'rgb' };

/** The parameter `input` of the stage type `model`, as far as the shape of the input shows it. */
export function imageInput(inputs: Inputs): string {
  const { layout, channels } = imageAxes(inputs) ?? { layout: 'nchw', channels: 'rgb' };
  return `{ layout: ${layout}, channels: ${channels}, scale: 255, mean: [0], deviation: [1] }`;
}

/** Parameters of the stage type `images` that give images of any size the size of the input. Empty if it is open. */
export function imageSize(inputs: Inputs): string {
  const { height, width } = imageAxes(inputs) ?? {};
  if (typeof height !== 'number' || typeof width !== 'number') return '';
  if (height === width) return `, resize: ${height}, crop: ${height}`;
  return `, resize: [${height}, ${width}]`;
}

type Extent = number | string | undefined;

interface ImageAxes {
  readonly layout: 'nchw' | 'nhwc';
  readonly channels: string;
  readonly height: Extent;
  readonly width: Extent;
}

/** Undefined if the model does not take images. */
function imageAxes(inputs: Inputs): ImageAxes | undefined {
  const [, ...axes] = inputs[0]?.shape ?? [];
  if (axes.length !== 3) return undefined;
  const [first, second, third] = axes;
  return inLayout('nchw', first, second, third) ?? inLayout('nhwc', third, first, second);
}

function inLayout(
  layout: ImageAxes['layout'],
  count: Extent,
  height: Extent,
  width: Extent,
): ImageAxes | undefined {
  const channels = typeof count === 'number' ? CHANNELS[count] : undefined;
  return channels === undefined ? undefined : { layout, channels, height, width };
}
