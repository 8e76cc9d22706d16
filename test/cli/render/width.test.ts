/** Wide characters are counted correctly. string-width is the reference. */
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { tableLines } from '../../../src/cli/render/table.ts';
import { cut, fold, wrap } from '../../../src/cli/render/text.ts';
import { columnsOf, piecesOf } from '../../../src/cli/render/width.ts';

const samples = [
  'plain words',
  '漢字かなカナ',
  '한국어',
  'ＡＢＣ',
  'gr\u00fc\u00dfe, gru\u0308\u00dfe',
  '🚀 done 🎉',
  '👩‍🔬 and 👨‍👩‍👧‍👦',
  '👍🏽',
  '🇩🇪',
  '\u2764\ufe0f',
  '\x1b[31m漢\x1b[0m',
  '…',
];

describe('the width of a text', () => {
  it.each(samples)('of %j is the same as in string-width', (text) => {
    expect(columnsOf(text)).toBe(stringWidth(text));
  });
});

describe('80 columns', () => {
  const long = samples.slice(0, -2).join(' ').repeat(4);

  it('are enough for a cut text', () => {
    for (let width = 70; width <= 80; width++) {
      const shown = cut(long, width);
      expect(stringWidth(shown)).toBeLessThanOrEqual(width);
      expect(stringWidth(shown)).toBeGreaterThan(width - 3);
      expect(shown.endsWith('…')).toBe(true);
    }
  });

  it('are enough for wrapped and folded lines, and nothing is lost', () => {
    const words = long.replace(/\s+/g, ' ');
    for (const line of wrap(words, 80).split('\n')) {
      expect(stringWidth(line)).toBeLessThanOrEqual(80);
    }
    const chinese = '深度学习'.repeat(60);
    const lines = fold(chinese, 80).split('\n');
    expect(lines.map((line) => stringWidth(line))).toEqual([80, 80, 80, 80, 80, 80]);
    expect(lines.join('')).toBe(chinese);
  });

  it('are enough for a table, and its columns are aligned', () => {
    const rows = [
      ['训练[数据=漢字]', '0.5'],
      ['🚀', '12.25'],
      ['plain', '1'],
    ];
    const { lines } = tableLines([{ head: 'stage' }, { head: 'loss', right: true }], rows, 80);
    expect(new Set(lines.map((line) => stringWidth(line))).size).toBe(1);
  });

  it('split no character', () => {
    expect(piecesOf('👩‍🔬漢a', 1)).toEqual(['👩‍🔬', '漢', 'a']);
    expect(piecesOf('', 3)).toEqual(['']);
  });
});
