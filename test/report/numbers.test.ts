import { describe, expect, it } from 'vitest';
import {
  counted,
  formatNumber,
  joinedByAnd,
  plainNumber,
  superscript,
} from '../../src/report/format.ts';
import { spreadOf } from '../../src/report/spread.ts';

describe('formatNumber', () => {
  it.each([
    [132863336, 'count', '132\u202f863\u202f336'],
    [1000, 'count', '1\u202f000'],
    [999, 'count', '999'],
    [0.99395, 'percent', '99.39%'],
    [1, 'percent', '100.00%'],
    [-0.0312, 'points', '−3.12'],
    [0.0165, 'points', '+1.65'],
    [-0.000001, 'points', '0.00'],
    [25, 'rate', '25'],
    [2.5, 'rate', '2.5'],
    [1000, 'rate', '1000'],
    [13.974, 'ratio', '13.97'],
    [627.5, 'ratio', '628'],
    [0.12345, 'error', '0.1235'],
    [0.00000123, 'error', '1.23 × 10⁻⁶'],
    [0, 'error', '0.0000'],
    [null, 'count', '–'],
    [Number.NaN, 'percent', '–'],
  ] as const)('writes %s as a %s: %s', (value, quantity, text) => {
    expect(formatNumber(value, quantity)).toBe(text);
  });
});

describe('plainNumber', () => {
  it.each([
    [132863336, '132863336'],
    [0.1 + 0.2, '0.3'],
    [1e-12, '1e-12'],
    [null, ''],
    [Number.POSITIVE_INFINITY, ''],
  ])('writes %s as %s', (value, text) => expect(plainNumber(value)).toBe(text));
});

it('makes words', () => {
  expect([counted(0, 'rate'), counted(1, 'rate'), counted(2, 'rate')]).toEqual([
    'no rates',
    'one rate',
    '2 rates',
  ]);
  expect([
    joinedByAnd([]),
    joinedByAnd(['a']),
    joinedByAnd(['a', 'b']),
    joinedByAnd(['a', 'b', 'c']),
  ]).toEqual(['', 'a', 'a and b', 'a, b and c']);
  expect(superscript(-10)).toBe('⁻¹⁰');
});

describe('spreadOf', () => {
  it('interpolates quantiles as numpy does', () => {
    // numpy.percentile([1, 2, 4, 8], [25, 50, 75])
    expect(spreadOf([8, 1, 4, 2])).toEqual({
      count: 4,
      min: 1,
      lowerQuartile: 1.75,
      median: 3,
      upperQuartile: 5,
      max: 8,
    });
    expect(spreadOf([3])).toMatchObject({ lowerQuartile: 3, median: 3, upperQuartile: 3 });
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});
