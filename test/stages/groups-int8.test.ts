/** Convolutions with groups in 8 bits: each output of each group has a scale. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elementSize } from '../../src/onnx/element-types.ts';
import { constantLayers } from '../../src/onnx/layers.ts';
import { difference, outputsOf, runtime } from '../onnx/sessions.ts';
import { modelBytes, values, weight } from '../onnx/small-models.ts';
import { composed, compressionOf, decaying, factorsOf, opened, type Part } from './int8-rig.ts';
import { type Folder, Workbench } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const [GROUPS, OUT, IN] = [3, 20, 5] as const;
const KERNEL = [3, 2] as const;
const size = OUT * IN * 6;
const whole = new Float32Array(GROUPS * size);
for (let group = 0; group < GROUPS; group++) whole.set(decaying(OUT, IN * 6), group * size);
// The last group has rank 1.
for (let i = IN * 6; i < size; i++) {
  const row = Math.floor(i / (IN * 6));
  whole[2 * size + i] = whole[2 * size + (i % (IN * 6))]! / (row + 1);
}

let model: Folder;
let factors: Folder;
beforeAll(async () => {
  const folder = bench.folder();
  const bytes = modelBytes({
    inputs: { x: ['N', GROUPS * IN, 7, 6] },
    opset: 13,
    constants: {
      w: { shape: [GROUPS * OUT, IN, ...KERNEL], data: whole },
      b: weight(GROUPS * OUT),
    },
    nodes: [
      ['Conv', ['x', 'w', 'b'], ['y'], { group: GROUPS, pads: [1, 0, 2, 1], strides: [2, 1] }, 'g'],
    ],
  });
  writeFileSync(join(folder, 'net.onnx'), bytes);
  model = (await bench.run('model', { inputs: { model: folder } })).model!;
  factors = await factorsOf(bench, model);
});

const decompose = async (asked: object) => {
  const parameters = { layers: ['*'], ...asked };
  const inputs = { model, factors };
  return (await bench.run('decompose', { parameters, inputs })).model!;
};
const rowOf = (folder: Folder) => compressionOf(folder).layers[0]!;

/** The kernels that the stored parts are together, of all groups. */
const stored = (folder: Folder): readonly number[] =>
  opened(folder, (file) => {
    const parts = constantLayers(file).layers.map((layer) => ({ ...layer, data: layer.read() }));
    for (const { groups } of parts) expect(groups).toBe(GROUPS);
    return Array.from({ length: GROUPS }, (_, group) =>
      parts
        .map(({ shape: [outputs, ...rest], data }) => {
          const length = data.length / GROUPS;
          const own = data.subarray(group * length, (group + 1) * length);
          return { shape: [outputs! / GROUPS, ...rest], data: own } as Part;
        })
        .reduce((right, left) => composed(right, left, KERNEL)),
    ).flatMap(({ data }) => Array.from(data));
  });

const bytesIn = (folder: Folder) =>
  opened(folder, ({ graph }) =>
    graph.initializers
      .filter(({ name }) => name !== 'b')
      .reduce((sum, { type, count }) => sum + elementSize(type)! * count, 0),
  );

function errorIn(folder: Folder): number {
  const values = stored(folder);
  return (
    Math.hypot(...values.map((value, i) => value - whole[i]!)) / Math.hypot(...Array.from(whole))
  );
}

const all = [
  { method: 'int8' },
  ...['channel', 'input', 'spatial'].map((scheme) => ({ method: 'svd', rank: 4, scheme })),
  { method: 'cur-deim', form: 'cur-three', rank: 4, scheme: 'input' },
].map((asked) => ({ ...asked, quantize: 'int8' }));

describe.each(all)('a convolution with groups by %o', (asked) => {
  it('has the error of the stored integers and scales', async () => {
    const folder = await decompose(asked);
    expect(rowOf(folder).relativeError).toBeCloseTo(errorIn(folder), 7);
  });

  it.skipIf(!runtime)('computes nearly the same (needs ONNX Runtime)', async () => {
    const folder = await decompose({ ...asked, ...('rank' in asked && { rank: 1000 }) });
    const shape = [2, GROUPS * IN, 7, 6];
    const feeds = { x: { shape, data: values(2 * GROUPS * IN * 42) } };
    const [before, after] = [
      await outputsOf(join(model, 'net.onnx'), feeds),
      await outputsOf(join(folder, 'net.onnx'), feeds),
    ];
    expect(difference(after.y!.data, before.y!.data)).toBeLessThan(0.03);
  });
});

it.each([1.5, 3, 4, 6])(
  'a budget in bytes counts the scales of all groups, at rate %d',
  async (rate) => {
    const asked = { method: 'svd', quantize: 'int8', allocation: 'budget', budget: 'bytes', rate };
    const folder = await decompose(asked);
    const { achieved } = compressionOf(folder);
    expect(bytesIn(folder)).toBeLessThanOrEqual((4 * whole.length) / rate);
    expect(achieved).toBeCloseTo((4 * whole.length) / bytesIn(folder), 12);
    expect(rowOf(folder).relativeError).toBeCloseTo(errorIn(folder), 7);
  },
);
