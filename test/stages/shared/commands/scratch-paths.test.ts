/** Patterns of `scratch`. */
import { expect, it } from 'vitest';
import { scratchMatcher } from '../../../../src/stages/shared/commands/scratch-paths.ts';

it.each([
  ['t', ['t'], ['t/x', 'a/t', 'tt']],
  ['./t/', ['t'], ['t/x']],
  ['*.log', ['a.log', '.log', '.hidden.log'], ['a/b.log', 'a.logs']],
  ['**/*.log', ['a.log', 'a/b/c.log', 'a/.hidden/c.log'], ['a.txt']],
  ['tmp/**', ['tmp/a', 'tmp/a/b', 'tmp/.a'], ['a/tmp/b']],
  ['a?.txt', ['ab.txt'], ['a/.txt', 'abc.txt', 'a.txt']],
  ['part-[0-9].txt', ['part-3.txt', 'part-[0-9].txt'], ['part-x.txt', 'part-33.txt']],
  ['{a,b}.tmp', ['a.tmp', 'b.tmp', '{a,b}.tmp'], ['c.tmp']],
  ['run (1)+$^.txt', ['run (1)+$^.txt'], ['run 1+$^.txt', 'run 11.txt']],
  ['!a', ['!a'], ['b']],
  ['a|b', ['a|b'], ['a', 'b']],
])('%s', (pattern, matching, others) => {
  const isScratch = scratchMatcher([pattern]);
  expect(matching.filter((path) => !isScratch(path))).toEqual([]);
  expect(others.filter(isScratch)).toEqual([]);
});

it('files of common tools are scratch without a pattern', () => {
  const isScratch = scratchMatcher([]);
  expect(isScratch('__pycache__')).toBe(true);
  expect(isScratch('a/b/.pytest_cache')).toBe(true);
  expect(isScratch('a')).toBe(false);
});
