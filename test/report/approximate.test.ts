/** Numbers that are not exact are not shown as exact. */
import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../src/report/figures.ts';
import { en } from '../../src/report/locales/en.ts';
import { ru } from '../../src/report/locales/ru.ts';
import type { Texts } from '../../src/report/locales/texts.ts';
import { studiesOf } from '../../src/report/study.ts';
import { summarise } from '../../src/report/summary.ts';
import { fakeInput } from './fake-results.ts';

const exact = fakeInput({ rates: [2, 10], seeds: [0] });
const approximate = {
  rows: exact.rows.map((row) => ({
    ...row,
    layers: row.layers.map((layer) =>
      layer.name === 'fc1' && layer.rank !== null
        ? { ...layer, approximate: true as const }
        : layer,
    ),
  })),
  spectra: exact.spectra.map((spectrum) =>
    spectrum.layer === 'fc1'
      ? {
          ...spectrum,
          values: spectrum.values.slice(0, 141),
          truncated: true as const,
          approximate: true as const,
        }
      : spectrum,
  ),
};

function captions({ rows, spectra }: Pick<typeof exact, 'rows' | 'spectra'>, texts: Texts) {
  const summary = summarise(studiesOf(rows, spectra)[0]!);
  const named = new Map(figuresOf(summary, texts).map((one) => [one.name, one.caption]));
  return {
    spectrum: named.get('spectrum-mnist')!,
    errors: named.get('errors-mnist')!,
    layers: texts.tables.note('layers', summary),
  };
}

describe('a spectrum that an iteration found', () => {
  it('is described as truncated and approximate, with the numbers computed from it', () => {
    const { spectrum, errors, layers } = captions(approximate, en);
    expect(spectrum).toContain('Only the largest were computed: 141 of 512 of fc1.');
    expect(spectrum).toContain('Those of fc1 were computed by an iteration:');
    expect(errors).toContain('The optimum is approximate, to within 1%, for fc1.');
    expect(layers).toContain('The least possible error of fc1 is approximate');
    expect(layers).toContain(
      'The error of an SVD is the same number for these layers by construction.',
    );
  });

  it('is described in Russian too', () => {
    const { spectrum, errors, layers } = captions(approximate, ru);
    expect(spectrum).toContain('Вычислены только наибольшие: 141 из 512 у fc1.');
    expect(spectrum).toContain('Найдены итерацией (fc1)');
    expect(errors).toContain('приближённая');
    expect(layers).toContain('приближённая (fc1)');
  });

  it('does not change the captions of exact ones', () => {
    const { spectrum, errors, layers } = captions(exact, en);
    expect(`${spectrum} ${errors} ${layers}`).not.toMatch(/approximate|iteration|Only/);
  });
});
