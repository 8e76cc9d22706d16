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
  const [, ...axes] = inputs[0]?.shape ?? [];
  const parameters =
    axes.length === 3 ? (inLayout('nchw', axes) ?? inLayout('nhwc', axes)) : undefined;
  return `{ ${parameters ?? 'layout: nchw, channels: rgb'}, scale: 255, mean: [0], deviation: [1] }`;
}

function inLayout(layout: 'nchw' | 'nhwc', axes: readonly (number | string)[]): string | undefined {
  const [count, height, width] = layout === 'nchw' ? axes : [axes[2], axes[0], axes[1]];
  const channels = typeof count === 'number' ? CHANNELS[count] : undefined;
  if (channels === undefined) return undefined;
  const isFixed = typeof height === 'number' && typeof width === 'number';
  const size = isFixed ? `size: ${height === width ? height : `[${height}, ${width}]`}, ` : '';
  return `${size}layout: ${layout}, channels: ${channels}`;
}
