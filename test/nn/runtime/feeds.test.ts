import { afterAll, describe, expect, it } from 'vitest';
import { madeFeeds, sampleFeeds } from '../../../src/nn/runtime/feeds.ts';
import { openModelSession } from '../../../src/nn/runtime/session.ts';
import { TimedModel } from '../../../src/nn/runtime/timed-model.ts';
import { hasOnnx, linear, removeModels, samplesOf, threes } from './models.ts';

afterAll(removeModels);

const model = (type: string, shape: readonly (number | string)[]) => ({
  name: 'net',
  inputs: [{ name: 'x', type, shape }],
});

describe('the input for a batch', () => {
  it('has the first samples, repeated if there are too few', () => {
    const samples = samplesOf(Float32Array.of(1, 2, 3, 4, 5, 6), [2]);
    const dataOf = (batch: number) => [...sampleFeeds(samples, batch)[0]!.data];
    expect(dataOf(2)).toEqual([1, 2, 3, 4]);
    expect(dataOf(4)).toEqual([1, 2, 3, 4, 5, 6, 1, 2]);
    expect(dataOf(7).slice(-4)).toEqual([5, 6, 1, 2]);
    expect(sampleFeeds(samples, 7)[0]).toMatchObject({ name: 'x', type: 'float32', shape: [7, 2] });
  });

  it('is made up in the declared shape, the same each time', () => {
    const [feed] = madeFeeds(model('float32', ['N', 3]), 4);
    expect(feed).toMatchObject({ shape: [4, 3] });
    expect(new Set(feed!.data as Float32Array).size).toBe(12);
    expect(madeFeeds(model('float32', ['N', 3]), 4)[0]).toEqual(feed);
  });

  it.each([
    ['int64', BigInt64Array.of(0n, 0n)],
    ['uint8', Uint8Array.of(0, 0)],
    ['bool', Uint8Array.of(1, 1)],
  ])('of %s is an index or masks nothing', (type, data) => {
    expect(madeFeeds(model(type, [1, 1]), 2)[0]!.data).toEqual(data);
  });

  it('of halves is small numbers', () => {
    const { data } = madeFeeds(model('float16', ['N', 8]), 8)[0]!;
    // Finite: the exponent is not the largest.
    expect([...data].every((bits) => (Number(bits) & 0x7c00) !== 0x7c00)).toBe(true);
  });

  it.each([
    ['float32', ['N', 'length']],
    ['string', ['N', 1]],
  ])('is not made up for %s %o', (type, shape) => {
    expect(() => madeFeeds(model(type, shape), 1)).toThrow(/^net: the input "x" is/);
  });
});

it.skipIf(!hasOnnx)('a timed model gives a time for each run', () => {
  const session = openModelSession(linear(Float32Array.from({ length: 6 }, (_, i) => i)));
  const timed = new TimedModel(session);
  timed.warmUp(sampleFeeds(threes(2), 4));
  const times = Array.from({ length: 3 }, () => timed.time());
  expect(times.every((time) => time > 0 && Number.isFinite(time))).toBe(true);
  session.dispose();
});
