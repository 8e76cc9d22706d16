import { describe, expect, it } from 'vitest';
import { selectNames } from '../../src/base/name-patterns.ts';

const names = ['features.0', 'classifier.0', 'classifier.3', '/encoder/layer.0/head', 'Gemm (2)'];
const select = (...patterns: string[]) => {
  const { selected, unmatched } = selectNames(names, patterns);
  return { selected: [...selected], unmatched };
};

describe('patterns for names', () => {
  it('select all names with a star, also those with slashes', () => {
    expect(select('*').selected).toEqual(names);
  });

  it('select by parts of names', () => {
    expect(select('classifier.*').selected).toEqual(['classifier.0', 'classifier.3']);
    expect(select('classifier.?', '*/head').selected).toEqual(names.slice(1, 4));
  });

  it('take a name literally if it has no pattern', () => {
    expect(select('classifier.3').selected).toEqual(['classifier.3']);
    expect(select('classifier').selected).toEqual([]);
  });

  it('let the last match decide', () => {
    expect(select('*', '!classifier.*', 'classifier.0').selected).toEqual([
      'features.0',
      'classifier.0',
      '/encoder/layer.0/head',
      'Gemm (2)',
    ]);
  });

  it('begin with all names if the first pattern excludes', () => {
    expect(select('!*/head').selected).toEqual(names.filter((name) => !name.endsWith('head')));
  });

  it('report a pattern without a match, also one that excludes', () => {
    expect(select('*', 'clasifier.*', '!neck').unmatched).toEqual(['clasifier.*', '!neck']);
  });
});
