/** However deep or long a text is nested, a message says where, and the stack does not overflow. */
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../../src/runner/document/parse-yaml.ts';

function errorsOf(text: string): string[] {
  return parseYaml({ path: 'p.yaml', text }).diagnostics.map(
    ({ message, span }) => `${span!.line}:${span!.column}: ${message}`,
  );
}

const TOO_DEEP = 'this is nested more than 500 levels deep';

describe('nested', () => {
  const lists = (levels: number) => `a: ${'['.repeat(levels)}${']'.repeat(levels)}`;

  it('499 lists in a map can be read', () => {
    expect(errorsOf(lists(499))).toEqual([]);
  });

  it.each([500, 501, 800, 20_000])('%d lists in a map are refused, with the place', (levels) => {
    expect(errorsOf(lists(levels))).toEqual([`1:503: ${TOO_DEEP}`]);
  });

  it.each([
    ['maps', `${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`],
    ['lists on separate lines', `${'- '.repeat(20_000)}1`],
    ['keys', `${'? '.repeat(20_000)}1`],
    [
      'maps on separate lines',
      Array.from({ length: 800 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    ],
    ['lists that are not closed', '['.repeat(20_000)],
  ])('%s are refused', (_what, text) => {
    const [first] = errorsOf(text);
    expect(first).toMatch(/^\d+:\d+: /);
    expect(first).not.toMatch(/stack/i);
  });
});

it('a second document is reported in the words of this program', () => {
  expect(errorsOf('a: 1\n---\nb: 2\n')).toEqual([
    '2:1: a second YAML document begins here, but a file can have only one',
  ]);
});
