/** Replacements of full rank, which change no output: products with a reflection H, for which H H is the identity. */
import type { OnnxLayer } from '../../src/onnx/layers.ts';
import type { OnnxReplacement, ReplacementPart } from '../../src/onnx/replace.ts';

export type Scheme = 'outputs' | 'inputs' | 'spatial' | 'both';

/**
 * `outputs`: the first part is as large as the layer, `inputs`: the last one. `spatial`: the first part has the first
 * spatial axis. `both`: three parts, the one in the middle as large as the layer.
 */
export function fullRank(layer: OnnxLayer, scheme: Scheme): OnnxReplacement {
  const [outputs, inputs, ...kernel] = layer.shape as [number, number, ...number[]];
  const size = kernel.reduce((product, extent) => product * extent, 1);
  const { groups } = layer;
  const perGroup = outputs / groups;
  const ones = kernel.map(() => 1);
  const spatial = layer.kind === 'convolution' ? { groups } : {};
  const all = { ...spatial, keeps: kernel.map(() => true) };
  const none = { ...spatial, keeps: kernel.map(() => false) };
  const weight = layer.read();
  const mixedOutputs = () => {
    const mixed = new Float32Array(weight.length);
    const width = inputs * size;
    for (let group = 0; group < groups; group++) {
      const rows = weight.subarray(group * perGroup * width, (group + 1) * perGroup * width);
      mixed.set(reflectRows(rows, perGroup, width), group * perGroup * width);
    }
    return mixed;
  };
  const left = (data: Float32Array): ReplacementPart => ({
    ...{ suffix: 'left', shape: [outputs, perGroup, ...ones], data, ...none },
  });
  const right = (): ReplacementPart => ({
    ...{ suffix: 'right', shape: [groups * inputs, inputs, ...ones] },
    ...{ data: repeated(reflection(inputs), groups), ...none },
  });
  const whole = { shape: layer.shape, ...all };
  switch (scheme) {
    case 'outputs': {
      const first = { ...whole, suffix: 'right', data: mixedOutputs() } as const;
      return { parts: [first, left(repeated(reflection(perGroup), groups))] };
    }
    case 'inputs': {
      const data = reflectInputs(weight, outputs, inputs, size);
      return { parts: [right(), { ...whole, suffix: 'left', data }] };
    }
    case 'both': {
      const data = reflectInputs(mixedOutputs(), outputs, inputs, size);
      const core = { ...whole, suffix: 'core', data } as const;
      return { parts: [right(), core, left(repeated(reflection(perGroup), groups))] };
    }
    case 'spatial': {
      const [height, ...rest] = kernel as [number, ...number[]];
      const ranks = inputs * height;
      const one = new Float32Array(ranks * ranks);
      for (let i = 0; i < ranks; i++) one[i * ranks + i] = 1;
      const firstShape = [groups * ranks, inputs, height, ...rest.map(() => 1)];
      const lastShape = [outputs, ranks, 1, ...rest];
      const keeps = kernel.map((_, axis) => axis === 0);
      return {
        parts: [
          { suffix: 'right', shape: firstShape, data: repeated(one, groups), keeps, groups },
          {
            ...{ suffix: 'left', shape: lastShape, data: weight, groups },
            keeps: keeps.map((isFirst) => !isFirst),
          },
        ],
      };
    }
  }
}

/** The layer, and an identity after it: the outputs are the same to the last bit. */
export function unmixed(layer: OnnxLayer): OnnxReplacement {
  const { parts } = fullRank(layer, 'outputs');
  const [first, last] = parts as [ReplacementPart, ReplacementPart];
  const size = last.shape[1]!;
  const identity = last.data.map((_, at) => (Math.floor(at / size) % size === at % size ? 1 : 0));
  return {
    parts: [
      { ...first, data: layer.read() },
      { ...last, data: identity },
    ],
  };
}

/** Entry i of the unit vector v of the reflection I - 2 v v^T. */
function axisOf(size: number): Float64Array {
  const vector = Float64Array.from({ length: size }, (_, i) => Math.cos(1 + 2.3 * i));
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / norm);
}

function reflection(size: number): Float32Array {
  const vector = axisOf(size);
  return Float32Array.from({ length: size * size }, (_, at) => {
    const [row, column] = [Math.floor(at / size), at % size];
    return (row === column ? 1 : 0) - 2 * vector[row]! * vector[column]!;
  });
}

/** H W, where W is `rows` x `columns`. */
function reflectRows(data: Float32Array, rows: number, columns: number): Float32Array {
  const vector = axisOf(rows);
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i++) sums[i]! += vector[row]! * data[row * columns + i]!;
  }
  return data.map(
    (value, at) => value - 2 * vector[Math.floor(at / columns)]! * sums[at % columns]!,
  );
}

/** W H along the second axis of [outputs, inputs, size]. */
function reflectInputs(data: Float32Array, outputs: number, inputs: number, size: number) {
  const mixed = new Float32Array(data.length);
  const step = inputs * size;
  for (let row = 0; row < outputs; row++) {
    const one = data.subarray(row * step, (row + 1) * step);
    mixed.set(reflectRows(one, inputs, size), row * step);
  }
  return mixed;
}

function repeated(data: Float32Array, times: number): Float32Array {
  const all = new Float32Array(data.length * times);
  for (let i = 0; i < times; i++) all.set(data, i * data.length);
  return all;
}
