import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../../src/base/json.ts';
import { parameterLines } from '../../../src/cli/render/parameter-lines.ts';
import { columnsOf } from '../../../src/cli/render/width.ts';

function lines(values: JsonObject, columns: number, indent = 0): readonly string[] {
  return parameterLines(values, { columns, interactive: false }, indent);
}

const values = {
  title: 'Compression of linear layers by SVD and CUR',
  method: 'svd',
  rate: 2,
  word: 'no',
  none: null,
  empty: {},
  rates: Array.from({ length: 41 }, (_, i) => 25 * i),
  figures: { only: null, font: 'sans', fontSize: 7.5, size: { column: 88, page: 180 } },
  steps: [{ run: 'a', with: { b: [1, 2] } }, [{ deep: 'x'.repeat(30) }, 3], 'text'],
  script: 'set -e\n\necho "$a"\n',
  unfinished: 'one\n  two',
  'odd: name': '名前: [x]',
};

describe('parameters', () => {
  it('are YAML that a person can read', () => {
    const { title, rates, figures, script } = values;
    expect(lines({ title, rates: rates.slice(0, 9), figures, script }, 40, 2)).toEqual([
      '  title:',
      '    "Compression of linear layers by SVD',
      '    and CUR"',
      '  rates:',
      '    [0, 25, 50, 75, 100, 125, 150, 175,',
      '    200]',
      '  figures:',
      '    only: null',
      '    font: sans',
      '    fontSize: 7.5',
      '    size: { column: 88, page: 180 }',
      '  script: |',
      '    set -e',
      '',
      '    echo "$a"',
    ]);
  });

  it.each([40, 80, 200, Number.POSITIVE_INFINITY])(
    'have the same values in %s columns',
    (width) => {
      const shown = lines(values, width);
      expect(Math.max(...shown.map(columnsOf))).toBeLessThanOrEqual(width);
      expect(parse(shown.join('\n'))).toEqual(values);
    },
  );

  it('have no control characters, and names stay apart from values', () => {
    const [line] = lines({ 'a\u001b[31m': '\u001b[2J\u202e' }, 80);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
    expect(line).not.toMatch(/[\u0000-\u001f\u202e]/);
    expect(lines({ script: 'a\n\u001b[2J' }, 80).at(-1)).toBe('  \\x1b[2J');
  });
});
