/** What a text that is not YAML is told: one fault, in plain words, at its place. */
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../../src/runner/document/parse-yaml.ts';

const faultsOf = (text: string): string[] =>
  parseYaml({ path: 'a.yaml', text }).diagnostics.map(
    ({ message, span, suggestion }) =>
      `${span?.line}:${span?.column} ${message}${suggestion ? `; ${suggestion}` : ''}`,
  );

describe('a text that is not YAML has one fault:', () => {
  it.each([
    [
      'a tab',
      'a:\n\tb: 1\n\tc: 2\n',
      '2:1 this line is indented by a tab; indent by spaces: YAML allows no tabs there',
    ],
    [
      'a tab after a good line',
      'a:\n  b: 1\n\tc: 2\n',
      '3:1 this line is indented by a tab; indent by spaces: YAML allows no tabs there',
    ],
    [
      'a missing colon',
      'a:\n  b: 1\n  c 2\n  d: 3\n',
      '3:3 this is not "key: value"; write a colon and a space after the key',
    ],
    [
      'a missing colon before a map',
      'a:\n  b: 1\n  c\n    d: 3\n',
      '3:3 this is not "key: value"; write a colon and a space after the key',
    ],
    [
      'a missing space after the colon',
      'a:\n  b:1\n  c: 2\n',
      '2:3 this is not "key: value"; write a colon and a space after the key',
    ],
    [
      'keys of different indentation',
      'a:\n   b: c\n    d: 1\n',
      '2:7 a key is not allowed here, because this line already belongs to a value; indent the keys of a map equally, and put a text that contains ": " in quotes',
    ],
    [
      'a colon in a text',
      'a: b: c\n',
      '1:4 a key is not allowed here, because this line already belongs to a value; indent the keys of a map equally, and put a text that contains ": " in quotes',
    ],
    ['an open list', 'a: [1, 2\nb: 3\n', '2:1 there is no "]" for an earlier "["'],
    ['an open map', 'a: { b: 1\nc: 3\n', '2:1 there is no "}" for an earlier "{"'],
    ['an open quote', 'a: "b\n', '2:1 this text has no closing "'],
    [
      'a merge conflict',
      'a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> other\n',
      '2:1 this is a merge conflict; resolve it, and remove the lines with <, = and >',
    ],
    [
      'a text that starts with a sign of YAML',
      'a: @b\n',
      '1:4 Plain value cannot start with reserved character @; put the text in quotes',
    ],
  ])('%s', (_name, text, fault) => {
    expect(faultsOf(text)).toEqual([fault]);
  });
});
