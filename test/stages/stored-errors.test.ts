/** The numbers that a model reports about its layers are true of the weights in its files. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Matrix, takeColumns } from '../../src/linalg/matrix.ts';
import { multiply, multiplyTransposedLeft } from '../../src/linalg/multiply.ts';
import { scaleRows } from '../../src/linalg/scale.ts';
import { thinSvd } from '../../src/linalg/svd.ts';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import { readModel, writeModel } from '../../src/nn/model/model-files.ts';
import type { Model } from '../../src/nn/model/weights.ts';
import { frobenius, subtract } from '../linalg/test-matrices.ts';
import { type Folder, json, Workbench, writeDigits } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const open = (folder: Folder) => readModel((file) => `${folder}/${file}`);
const weight = ({ weights }: Model, name: string): Matrix => {
  const { shape, data } = weights.get(name)!;
  return { rows: shape[0]!, cols: data.length / shape[0]!, data };
};

let data: Folder;
let model: Folder;
let factors: Folder;

/** A network whose first dense layer was already compressed to rank 6, up to rounding. */
beforeAll(async () => {
  data = writeDigits(bench.folder(), 240, 60);
  const trained = await bench.run('train', {
    parameters: {
      network: { architecture: 'mlp', layers: [48], size: 28 },
      ...{ epochs: 4, batch: 10, learningRate: 3e-3 },
    },
    inputs: { data },
  });
  const whole = open(trained.model!);
  const { ut, s, vt } = thinSvd(weight(whole, 'classifier.0.weight'));
  const rank = (a: Matrix) => ({ ...a, rows: 6, data: a.data.subarray(0, 6 * a.cols) });
  const low = multiplyTransposedLeft(scaleRows(rank(ut), s), rank(vt));
  const weights = new Map(whole.weights);
  weights.set('classifier.0.weight', {
    shape: [low.rows, low.cols],
    data: Float32Array.from(low.data),
  });
  model = bench.folder();
  writeModel(model, { ...whole, weights });
  factors = (await bench.run('factorize', { inputs: { model } })).factors!;
});

const cases = [
  { method: 'svd' },
  { method: 'svd-balanced' },
  { method: 'cur-published' },
  { method: 'cur-lineartime', form: 'cur-three' },
  { method: 'cur-leverage', form: 'cur-three' },
  ...['columns', 'rows', 'cur', 'cur-three'].map((form) => ({ method: 'cur-deim', form })),
  { method: 'cur-uniform', form: 'cur-three', core: 'cross' },
];

it.each(cases)('%o', async (asked) => {
  const parameters = { ...asked, rank: 16 };
  const { model: made } = await bench.run('decompose', { parameters, inputs: { model, factors } });
  const stored = open(made!);
  const { layers } = stored.history.compression!;
  const [{ name, relativeError, rank, parameters: count }] = layers as [(typeof layers)[number]];
  const [left, right] = ['left', 'right'].map((part) => weight(stored, `${name}.${part}.weight`));
  const core = stored.weights.has(`${name}.core.weight`) && weight(stored, `${name}.core.weight`);
  const a = weight(open(model), `${name}.weight`);
  const product = multiply(core ? multiply(left!, core) : left!, right!);
  const exact = frobenius(subtract(a, product)) / frobenius(a);
  expect(Math.abs(relativeError! - exact)).toBeLessThanOrEqual(0.01 * exact);
  expect(rank).toBe(left!.cols);
  expect(count).toBe(left!.data.length + right!.data.length + (core ? core.data.length : 0) + 48);
  expect(takeColumns(left!, [0]).data.every(Number.isFinite)).toBe(true);
  if (asked.method === 'cur-lineartime') return;
  // The layer has rank 6 and is given rank 16, so nothing is lost.
  expect(exact).toBeLessThan(asked.method === 'cur-published' ? 1e-2 : 1e-5);
  const { scores } = await bench.run('evaluate', { inputs: { models: [model, made!], data } });
  const [one, other] = json<EvaluationRow[]>(scores!, 'rows.json');
  expect(Math.abs(one!.accuracy! - other!.accuracy!)).toBeLessThanOrEqual(1 / 60 + 1e-9);
});
