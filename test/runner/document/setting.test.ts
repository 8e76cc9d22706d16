/** A setting on a command line is one complete value. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPlain } from '../../../src/runner/document/located.ts';
import { parseSetting } from '../../../src/runner/document/setting.ts';

function read(text: string): unknown {
  const setting = parseSetting(text);
  if (!setting.ok) return setting.error.diagnostics.map(({ message }) => message).join();
  return { path: setting.value.path, value: toPlain(setting.value.value) };
}

describe('the value of a setting', () => {
  it.each([
    ['b # c', 'b # c'],
    ['#1', '#1'],
    ['!important x', '!important x'],
    ['!!str 5', '!!str 5'],
    ['&a b', '&a b'],
    ['*.csv', '*.csv'],
    ['CUR: a study', 'CUR: a study'],
    ['- x', '- x'],
    ['| x', '| x'],
    ['> x', '> x'],
    ['@x', '@x'],
    ['%x', '%x'],
    ['---', '---'],
    ['x=y', 'x=y'],
    ['two\nlines', 'two\nlines'],
    ['"# x"', '# x'],
    ["'1'", '1'],
    ['1', 1],
    ['1.5', 1.5],
    ['true', true],
    ['no', 'no'],
    ['~', null],
    ['', null],
    [' x ', 'x'],
    ['[1, "a # b"]', [1, 'a # b']],
    ['{ a: 1 }', { a: 1 }],
  ])('%j is %j', (text, value) => {
    expect(read(`a=${text}`)).toEqual({ path: ['a'], value });
  });

  it.each([
    ['a=[1, 2] # x', 'there is text after the end of the value'],
    ['a=[1', 'there is no "]" for an earlier "["'],
    ['a="x" y', 'Unexpected scalar at node end'],
    ['a=caf\ufffd', 'this setting is not UTF-8'],
  ])('%j is refused', (text, message) => {
    expect(read(text)).toBe(message);
  });

  it('is never shortened, whatever a shell passes', () => {
    const sign = fc.constantFrom(...'ab1.0-#!&*|>%@:=[]{},"\'`? \t~');
    const text = fc.array(sign, { minLength: 1, maxLength: 8 }).map((signs) => signs.join(''));
    fc.assert(
      fc.property(text, (one) => {
        fc.pre(one.trim() !== '' && !/^[[{"']/.test(one.trim()));
        const setting = parseSetting(`a=${one}`);
        if (!setting.ok || setting.value.value.kind !== 'scalar') throw new Error('not taken');
        const { value, text = String(value) } = setting.value.value;
        expect(text).toBe(one.trim() === '~' ? 'null' : one.trim());
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the path of a setting', () => {
  it.each([
    ['a.b=1', ['a', 'b']],
    ['a[2].b=1', ['a', 2, 'b']],
    ['a."b.c"=1', ['a', 'b.c']],
    ['"a.b"=1', ['a.b']],
    ['a."x=y"=1', ['a', 'x=y']],
    ['a."q\\"r"[0]=1', ['a', 'q"r', 0]],
    ['größe=1', ['größe']],
    [' a =1', ['a']],
  ])('%s', (text, path) => {
    expect(read(text)).toEqual({ path, value: 1 });
  });

  it.each(['a', '=1', 'a b=1', 'a..b=1', 'a."\\q"=1', 'a[x]=1', '.a=1'])(
    '%s is refused',
    (text) => {
      expect(read(text)).toBe('not a setting');
    },
  );
});
