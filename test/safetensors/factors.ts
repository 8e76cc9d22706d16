/** Full-rank factors of layers, so that a model with them computes the same. */
import type { Matrix } from '../../src/linalg/matrix.ts';
import { multiply } from '../../src/linalg/multiply.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { thinSvd } from '../../src/linalg/svd.ts';
import type { TensorLayer } from '../../src/safetensors/layers.ts';
import type { TensorPart, TensorReplacement } from '../../src/safetensors/replacement.ts';

/** Two factors; three for a convolution with one group. */
export function fullRank(layer: TensorLayer): TensorReplacement {
  const weight = layer.read();
  if (layer.kind === 'dense') return { parts: dense(weight, layer.shape as [number, number]) };
  return { parts: layer.groups > 1 ? grouped(layer, weight) : tucker(layer, weight) };
}

function dense(weight: Float32Array, [out, inner]: readonly [number, number]): TensorPart[] {
  const [left, right] = halves({ rows: out, cols: inner, data: weight });
  return [
    { suffix: 'right', shape: [right.rows, inner], data: float32(right) },
    { suffix: 'left', shape: [out, left.cols], data: float32(left) },
  ];
}

/** The right part has the kernel and the left one is 1 x 1, both with the groups of the layer. */
function grouped({ shape, groups }: TensorLayer, weight: Float32Array): TensorPart[] {
  const [out, inner, ...kernel] = shape as [number, number, ...number[]];
  const [rows, cols] = [out / groups, weight.length / out];
  const pairs = Array.from({ length: groups }, (_, group) => {
    const data = weight.subarray(group * rows * cols, (group + 1) * rows * cols);
    return halves({ rows, cols, data });
  });
  const rank = pairs[0]![1].rows;
  const joined = (which: 0 | 1) =>
    Float32Array.from(pairs.flatMap((pair) => [...pair[which].data]));
  return [
    {
      ...keeping(kernel, true),
      suffix: 'right',
      shape: [groups * rank, inner, ...kernel],
      data: joined(1),
      groups,
    },
    {
      ...keeping(kernel, false),
      suffix: 'left',
      shape: [out, rank, ...kernel.map(() => 1)],
      data: joined(0),
      groups,
    },
  ];
}

/** W = L K R: R and L are orthogonal 1 x 1 convolutions, and the core K = L^T W R^T has the kernel. */
function tucker({ shape }: TensorLayer, weight: Float32Array): TensorPart[] {
  const [out, inner, ...kernel] = shape as [number, number, ...number[]];
  const size = kernel.reduce((a, b) => a * b);
  const [left, right] = [orthogonal(out), orthogonal(inner)];
  const first = multiply(transposed(left), { rows: out, cols: inner * size, data: weight });
  const core = new Float32Array(weight.length);
  for (let o = 0; o < out; o++) {
    const data = first.data.subarray(o * inner * size, (o + 1) * inner * size);
    core.set(multiply(right, { rows: inner, cols: size, data }).data, o * inner * size);
  }
  const ones = kernel.map(() => 1);
  return [
    {
      ...keeping(kernel, false),
      suffix: 'right',
      shape: [inner, inner, ...ones],
      data: float32(right),
    },
    { ...keeping(kernel, true), suffix: 'core', shape, data: core },
    { ...keeping(kernel, false), suffix: 'left', shape: [out, out, ...ones], data: float32(left) },
  ];
}

function keeping(kernel: readonly number[], keeps: boolean): Pick<TensorPart, 'keeps'> {
  return { keeps: kernel.map(() => keeps) };
}

/** U sqrt(S) and sqrt(S) V^T. */
function halves(a: Matrix): readonly [Matrix, Matrix] {
  const { ut, s, vt } = thinSvd(a);
  const scaled = ({ rows, cols, data }: Matrix): Matrix => ({
    rows,
    cols,
    data: Float64Array.from(data, (value, i) => value * Math.sqrt(s[Math.floor(i / cols)]!)),
  });
  return [transposed(scaled(ut)), scaled(vt)];
}

function orthogonal(size: number): Matrix {
  const { normal } = randomStream(size, 'orthogonal');
  return thinSvd({ rows: size, cols: size, data: Float64Array.from({ length: size ** 2 }, normal) })
    .vt;
}

function transposed({ rows, cols, data }: Matrix): Matrix {
  const turned = Float64Array.from(
    data,
    (_, at) => data[(at % rows) * cols + Math.floor(at / rows)]!,
  );
  return { rows: cols, cols: rows, data: turned };
}

function float32({ data }: Matrix): Float32Array {
  return Float32Array.from(data);
}
