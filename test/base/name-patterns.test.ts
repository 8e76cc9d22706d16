import { expect, test } from 'vitest';
import { ExpectedError } from '../../src/base/expected-error.ts';
import { chooseNames } from '../../src/base/name-patterns.ts';

const names = ['classifier.0', 'classifier.3.fc', 'vit.head', 'head', '/layer1/conv/Conv', 'a(1)'];

function selected(...patterns: readonly string[]): string[] {
  return [...chooseNames(patterns, names, 'layers')].flatMap(([name, choice]) =>
    choice.selected ? [name] : [],
  );
}

test.each<[patterns: string[], expected: string[]]>([
  [['*'], names],
  [['classifier.*'], ['classifier.0', 'classifier.3.fc']],
  [['*', '!*.head'], names.filter((name) => name !== 'vit.head')],
  [['!*head'], names.filter((name) => !name.endsWith('head'))],
  [['*', '!classifier.*', 'classifier.0'], names.filter((name) => name !== 'classifier.3.fc')],
  [['classifier.*', '!*.fc'], ['classifier.0']],
  [
    ['/layer[0-3]*Conv', '{head,vit.head}'],
    ['vit.head', 'head', '/layer1/conv/Conv'],
  ],
  [['classifier.?'], ['classifier.0']],
  [['classifier.{0..3}.*'], ['classifier.3.fc']],
  [['a(1)'], ['a(1)']],
  [[], []],
])('%j', (patterns, expected) => {
  expect(selected(...patterns)).toEqual(expected);
});

test('the deciding pattern is known', () => {
  const choices = chooseNames(['*', '!*.head'], names, 'layers');
  expect(choices.get('vit.head')).toEqual({ selected: false, pattern: '!*.head' });
  expect(choices.get('head')).toEqual({ selected: true, pattern: '*' });
});

test.each([['Classifier.*'], ['!clasifier.*'], ['['], ['!'], ['']])(
  'a pattern that matches nothing is refused: %s',
  (pattern) => {
    expect(() => selected('*', pattern)).toThrow(ExpectedError);
    expect(() => selected('*', pattern)).toThrow('layers: ');
  },
);

test('the names are listed', () => {
  const problem = (() => {
    try {
      return selected('x');
    } catch (caught) {
      return caught;
    }
  })();
  expect(problem).toMatchObject({
    message: 'layers: the pattern "x" matches nothing',
    advice: 'the names are "classifier.0", "classifier.3.fc", "vit.head", "head" and 2 more',
  });
});
