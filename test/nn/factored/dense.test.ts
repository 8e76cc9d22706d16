import { describe, expect, it } from 'vitest';
import { type Matrix64, takeColumns, zeros } from '../../../src/linalg/matrix.ts';
import type { Factorization } from '../../../src/linalg/methods/compression-method.ts';
import { multiply } from '../../../src/linalg/multiply.ts';
import type { DenseLayer } from '../../../src/nn/factored/chain.ts';
import { denseChain } from '../../../src/nn/factored/dense.ts';
import { replaceLayers } from '../../../src/nn/factored/replacement.ts';
import { countParameters, type ModelDescription } from '../../../src/nn/model/description.ts';
import { gaussian } from '../../linalg/test-matrices.ts';
import { noiseMap, type PlainMap, relativeDifference, runPlain } from './plain-network.ts';

const layer: DenseLayer = { kind: 'dense', name: 'classifier.0', in: 7, out: 5, bias: true };
const bias = Float32Array.of(1, -2, 3, 0.5, 0);
const x = noiseMap(1, 1, 7, 3);

/** The layer with weight `a` and its bias, applied to x. */
function product(a: Matrix64, added = new Float64Array(5)): PlainMap {
  const column = multiply(a, { rows: 7, cols: 1, data: x.data });
  const data = column.data.map((value, i) => value + bias[i]! + added[i]!);
  return { height: 1, width: 1, channels: 5, data };
}

/** C [I T] P for distinct ascending columns. */
function interpolative(columns: Int32Array): Factorization & { readonly right: Matrix64 } {
  const right = gaussian(columns.length, 7, 8);
  columns.forEach((column, t) => {
    for (let s = 0; s < columns.length; s++) right.data[s * 7 + column] = s === t ? 1 : 0;
  });
  const left = gaussian(5, columns.length, 9);
  return { left, right, rank: columns.length, columns, interpolative: true };
}

describe('denseChain', () => {
  it('makes two layers from two factors', () => {
    const [left, right] = [gaussian(5, 2, 1), gaussian(2, 7, 2)];
    const chain = denseChain(layer, { left, right, rank: 2 }, bias);
    expect(chain.layers).toEqual([
      { kind: 'dense', name: 'classifier.0.right', in: 7, out: 2, bias: false, of: 'classifier.0' },
      { kind: 'dense', name: 'classifier.0.left', in: 2, out: 5, bias: true, of: 'classifier.0' },
    ]);
    expect(chain.weights.get('classifier.0.left.weight')!.data).toBeInstanceOf(Float32Array);
    const y = runPlain(chain.layers, chain.weights, x);
    expect(relativeDifference(y, product(multiply(left, right)))).toBeLessThan(1e-6);
  });

  it('makes three layers from three factors', () => {
    const [left, core, right] = [gaussian(5, 2, 1), gaussian(2, 3, 4), gaussian(3, 7, 2)];
    const chain = denseChain(layer, { left, core, right, rank: 2 }, bias);
    expect(chain.layers.map((one) => 'name' in one && one.name)).toEqual([
      'classifier.0.right',
      'classifier.0.core',
      'classifier.0.left',
    ]);
    const y = runPlain(chain.layers, chain.weights, x);
    const a = multiply(left, multiply(core, right));
    expect(relativeDifference(y, product(a))).toBeLessThan(1e-6);
  });

  it.each([[[0]], [[6]], [[1, 4]], [[0, 1, 6]], [[0, 1, 2, 3, 4, 5, 6]]])(
    'stores an interpolation from columns %j without its identity',
    (columns) => {
      const factorization = interpolative(Int32Array.from(columns));
      const chain = denseChain(layer, factorization, bias);
      const [right] = chain.layers;
      expect(right).toEqual({
        kind: 'interpolation',
        name: 'classifier.0.right',
        in: 7,
        columns,
        of: 'classifier.0',
      });
      const c = columns.length;
      const stored = [...chain.weights.values()].reduce((sum, { data }) => sum + data.length, 0);
      expect(stored).toBe(c * (5 + 7 - c) + 5);
      const others = [0, 1, 2, 3, 4, 5, 6].filter((j) => !columns.includes(j));
      expect(chain.weights.get('classifier.0.right.weight')).toEqual({
        shape: [c, 7 - c],
        data: Float32Array.from(takeColumns(factorization.right, others).data),
      });
      const y = runPlain(chain.layers, chain.weights, x);
      const a = multiply(factorization.left, factorization.right);
      expect(relativeDifference(y, product(a))).toBeLessThan(1e-6);
    },
  );

  it('refuses columns that are not distinct and ascending', () => {
    const wrong = { ...interpolative(Int32Array.of(1, 4)), columns: Int32Array.of(4, 1) };
    expect(() => denseChain(layer, wrong, bias)).toThrow('distinct and ascending');
    const few = { ...interpolative(Int32Array.of(1, 4)), columns: Int32Array.of(1) };
    expect(() => denseChain(layer, few, bias)).toThrow(RangeError);
  });

  it('adds the bias of a factorization, even if the layer has none', () => {
    const factorization = {
      left: gaussian(5, 2, 1),
      right: gaussian(2, 7, 2),
      rank: 2,
      bias: Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5),
    };
    const chain = denseChain(layer, factorization, bias);
    const y = runPlain(chain.layers, chain.weights, x);
    const a = multiply(factorization.left, factorization.right);
    expect(relativeDifference(y, product(a, factorization.bias))).toBeLessThan(1e-6);
    expect(bias[0]).toBe(1);
    const without = denseChain({ ...layer, bias: false }, factorization, undefined);
    const added = without.weights.get('classifier.0.left.bias')!.data;
    expect(added).toEqual(Float32Array.from(factorization.bias));
  });

  it("refuses factors that don't fit their layers, and copies those that fit", () => {
    const left = { rows: 5, cols: 2, data: Float32Array.from(gaussian(5, 2, 1).data) };
    const right = gaussian(2, 7, 2);
    expect(() => denseChain(layer, { left, right, rank: 2 }, Float32Array.of(1))).toThrow(
      'classifier.0.left.bias is [5]',
    );
    const chain = denseChain(layer, { left, right, rank: 2 }, bias);
    const stored = chain.weights.get('classifier.0.left.weight')!.data;
    expect(stored.buffer).not.toBe(left.data.buffer);
    expect(chain.weights.get('classifier.0.left.bias')!.data.buffer).not.toBe(bias.buffer);
  });
});

it('replaces its layer in a model', () => {
  const weight = gaussian(5, 7, 1);
  const description: ModelDescription = {
    input: [1, 1, 7],
    classes: 5,
    features: [],
    classifier: [{ kind: 'flatten' }, layer],
  };
  const weights = new Map([
    ['classifier.0.weight', { shape: [5, 7], data: Float32Array.from(weight.data) }],
    ['classifier.0.bias', { shape: [5], data: bias }],
  ]);
  const chain = denseChain(layer, { left: zeros(5, 1), right: zeros(1, 7), rank: 1 }, bias);
  const replaced = replaceLayers({ description, weights }, new Map([[layer.name, chain]]));
  expect(replaced.description.classifier).toEqual([{ kind: 'flatten' }, ...chain.layers]);
  expect([...replaced.weights.keys()]).toEqual([
    'classifier.0.right.weight',
    'classifier.0.left.weight',
    'classifier.0.left.bias',
  ]);
  expect(countParameters(replaced.description).classifier).toBe(7 + 5 + 5);
  expect([...weights.keys()]).toEqual(['classifier.0.weight', 'classifier.0.bias']);
});
