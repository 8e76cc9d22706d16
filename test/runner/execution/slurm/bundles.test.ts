import { describe, expect, it } from 'vitest';
import { bundlesOf, grouped } from '../../../../src/runner/execution/slurm/bundles.ts';

const all = <T>(bundles: readonly (readonly T[])[]): readonly T[] => bundles.flat();
const many = { mostSeconds: 600, slots: 10 };

describe('bundles', () => {
  it('give each stage with an unknown duration its own job', () => {
    expect(bundlesOf(['a', 'b'], () => undefined, many)).toEqual([['a'], ['b']]);
  });

  it('keep all slots busy', () => {
    const items = Array.from({ length: 1000 }, (_, i) => i);
    const bundles = bundlesOf(items, () => 1, many);
    expect(bundles).toHaveLength(10);
    expect(all(bundles)).toEqual(items);
  });

  it('take no longer than the limit', () => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    const bundles = bundlesOf(items, () => 100, { mostSeconds: 300, slots: 2 });
    expect(Math.max(...bundles.map((bundle) => bundle.length))).toBe(3);
    expect(all(bundles)).toEqual(items);
  });

  it('do not split stages of no duration over more jobs than that saves', () => {
    const items = Array.from({ length: 40 }, (_, i) => i);
    expect(bundlesOf(items, () => 0, many)).toHaveLength(1);
  });

  it('put a stage that takes longer than the limit into its own job', () => {
    const seconds: Record<string, number> = { short: 1, long: 5000, next: 1 };
    const bundles = bundlesOf(Object.keys(seconds), (name) => seconds[name], many);
    expect(bundles).toEqual([['short'], ['long'], ['next']]);
  });

  it('of nothing are none', () => {
    expect(bundlesOf([], () => 1, many)).toEqual([]);
    expect(grouped([], String)).toEqual([]);
  });

  it('are made of stages that want the same', () => {
    expect(grouped([1, 2, 3, 4], (n) => String(n % 2))).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });
});
