/** The parts of the training steps on ONNX Runtime that run without it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { kernelModules } from '../../../scripts/kernels.mjs';
import { isExpectedError } from '../../../src/base/expected-error.ts';
import { adamLoop } from '../../../src/nn/fast/onnx/adam-loop.ts';
import { arenasFor, PIECE } from '../../../src/nn/fast/onnx/arena.ts';
import { allocating } from '../../../src/nn/fast/onnx/memory.ts';
import {
  inputsOf,
  outputsOf,
  Positions,
  readRows,
  sameRows,
} from '../../../src/nn/fast/onnx/positions.ts';
import {
  filterLayout,
  restored,
  store,
  transposedLayout,
} from '../../../src/nn/fast/onnx/stored-layout.ts';
import { noiseValues } from '../kernels/differentiate.ts';

describe('positions', () => {
  it('are in order, with an empty row behind them', () => {
    const positions = new Positions(2, 1, 2);
    expect([...positions.positionIn]).toEqual([0, 1, 2, 3, -1]);
    expect(positions.empty).toEqual([4]);
  });

  it('are in blocks by their place in a window, without what is in none', () => {
    const positions = new Positions(1, 2, 5, 2);
    const blocks = [
      [0, 2, -1],
      [1, 3, -1],
      [5, 7, -1],
      [6, 8, -1],
    ];
    expect([...positions.positionIn]).toEqual(blocks.flat());
    expect(positions.empty).toEqual([2, 5, 8, 11]);
    expect([...positions.rowOf]).toEqual([0, 3, 1, 4, -1, 6, 9, 7, 10, -1]);
  });

  it('of large maps are divisible into parts', () => {
    for (const window of [1, 2]) {
      const { rows, parts, positionIn, empty } = new Positions(64, 32, 32, window);
      expect(rows % parts).toBe(0);
      expect(parts).toBeGreaterThan(1);
      expect(positionIn.at(-1)).toBe(-1);
      expect(rows - empty.length).toBe(64 * 32 * 32);
    }
  });

  it('read one another, and the last row outside', () => {
    const [to, from] = [new Positions(1, 2, 2), new Positions(1, 3, 3)];
    const axis = { kernel: 2, stride: 2, padding: 1 };
    const forth = inputsOf({ extent: 2, source: 3, ...axis });
    expect([...forth]).toEqual([-1, 0, 1, 2]);
    expect([...readRows(to, from, [forth, forth])]).toEqual([
      ...[9, 9, 9, 0],
      ...[9, 9, 1, 2],
      ...[9, 3, 9, 6],
      ...[4, 5, 7, 8],
      ...[9, 9, 9, 9],
    ]);
    const back = outputsOf({ extent: 3, source: 2, ...axis });
    expect([...back]).toEqual([-1, 0, 1, -1, -1, 1]);
    expect([...sameRows(new Positions(1, 2, 2), new Positions(1, 2, 2, 2))]).toEqual([
      0, 2, 4, 6, 7,
    ]);
  });
});

describe('stored layouts', () => {
  it.each([
    ['a filter', filterLayout(2, 3, 4), 24],
    ['a transposed matrix', transposedLayout(2, 3), 6],
    ['a vector', { shape: [5] }, 5],
  ])('come back: %s', (_, layout, size) => {
    const data = Float32Array.from({ length: size }, (_, i) => i);
    const stored = new Float32Array(size);
    store(data, layout, stored);
    expect(restored(stored, layout)).toEqual(data);
  });

  it('have a filter by tap, input and output', () => {
    const stored = new Float32Array(8);
    store(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7), filterLayout(2, 2, 2), stored);
    expect([...stored]).toEqual([0, 4, 2, 6, 1, 5, 3, 7]);
  });
});

describe('the loop of Adam', () => {
  test('updates copies by the gradient of their sum, and keeps the sums', () => {
    const [copies, sums] = [3, PIECE + 5];
    const size = copies * sums;
    const options = { multipliers: [2], weightDecay: 1e-2 };
    const initial = noiseValues([size], 1);
    const gradients = noiseValues([sums], 2);
    const updated = (count: number, gradient: Float32Array) => {
      const arenas = arenasFor([{ size, copies: count }]);
      const [slot] = arenas[0]!.slots;
      slot!.weights.set(initial);
      const update = adamLoop(arenas, options);
      for (const step of [1, 2]) {
        slot!.gradients.set(gradient);
        update(step, 1e-2);
      }
      return slot!;
    };
    const actual = updated(copies, gradients);
    const expected = updated(
      1,
      Float32Array.from({ length: size }, (_, i) => gradients[Math.floor(i / copies)]!),
    );
    expect(actual.weights).toEqual(expected.weights);
    expect(actual.first).toEqual(expected.first);
    expect(actual.second).toEqual(expected.second);
    actual.sums.forEach((sum, i) => {
      const [a, b, c] = actual.weights.subarray(3 * i, 3 * i + 3);
      expect(sum).toBeCloseTo(a! + b! + c!, 5);
    });
  });

  test('computes the same if the weights are in several memories', () => {
    const weights = [40, 70, 12, 90].map((size) => ({ size, copies: 2 }));
    const updated = (most: number) => {
      const arenas = arenasFor(weights, most);
      const slots = arenas.flatMap((arena) => arena.slots);
      slots.forEach((slot, index) => {
        slot.weights.set(noiseValues([slot.weights.length], index));
        slot.gradients.set(noiseValues([slot.gradients.length], 9 + index));
      });
      adamLoop(arenas, { multipliers: [1, 2, 3, 4], weightDecay: 1e-2 })(1, 1e-2);
      return { memories: arenas.length, weights: slots.map(({ weights: values }) => values) };
    };
    const [one, several] = [updated(2 ** 20), updated(6000)];
    expect([one.memories, several.memories]).toEqual([1, 3]);
    expect(several.weights).toEqual(one.weights);
  });
});

describe('that memory ran out', () => {
  const failure = (allocate: () => unknown): unknown => {
    try {
      allocating(allocate);
    } catch (problem) {
      return problem;
    }
    return undefined;
  };

  test.each([
    ['an array', () => new Float32Array(2 ** 45)],
    ['a WebAssembly memory', () => arenasFor([{ size: 2 ** 29, copies: 1 }])],
    [
      'ONNX Runtime',
      () => {
        throw new Error('Failed to allocate memory for requested buffer of size 4194304');
      },
    ],
    [
      'C++',
      () => {
        throw new Error('std::bad_alloc');
      },
    ],
  ])('is reported with advice: %s', (_, allocate) => {
    const problem = failure(allocate);
    expect(isExpectedError(problem) && problem.advice).toContain('smaller batch');
  });

  test('is not said of other errors', () => {
    const bug = new RangeError('Maximum call stack size exceeded');
    expect(
      failure(() => {
        throw bug;
      }),
    ).toBe(bug);
  });
});

test('the compiled loops are those of their source', async () => {
  const file = 'nn/fast/onnx/runs-module.ts';
  const text = readFileSync(new URL(`../../../src/${file}`, import.meta.url), 'utf8');
  expect(text).toBe((await kernelModules()).get(file));
});
