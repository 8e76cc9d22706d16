import { describe, expect, it } from 'vitest';
import { sentencesOf } from '../../src/report/sentences.ts';
import { studiesOf } from '../../src/report/study.ts';
import { summarise } from '../../src/report/summary.ts';
import { fakeInput, fakeRows, MANY_METHODS } from './fake-results.ts';
import { measured, summaryOf } from './measured-rows.ts';

describe('sentencesOf', () => {
  it('describes what was compressed, how far without loss, and which method won', () => {
    const { rows, outcomes } = fakeInput();
    const [study] = studiesOf(rows, [], outcomes);
    expect(
      sentencesOf(summarise(study!))
        .join('\n')
        .replace(/[\u00a0\u202f]/g, ' '),
    ).toMatchSnapshot();
  });

  it('names only a few of many', () => {
    const { rows, outcomes } = fakeInput({ methods: MANY_METHODS, images: 1000 });
    const [study] = studiesOf(rows, [], outcomes);
    const sentences = sentencesOf(summarise(study!));
    expect(Math.max(...sentences.map((sentence) => sentence.length))).toBeLessThan(480);
    expect(sentences.join('\n').replace(/[\u00a0\u202f]/g, ' ')).toMatchSnapshot();
  });

  it('compares the published protocol at CR 1 with the post-hoc one', () => {
    const rows = fakeRows('cifar10', { protocols: ['posthoc', 'published'], rates: [1, 10] });
    const said = sentencesOf(summarise(studiesOf(rows, [])[0]!)).join('\n');
    expect(said).toMatch(
      /At CR\u00a01, where nothing is compressed, results of the published protocol differ from the baseline by \+1\.6\d points in the median, and post-hoc ones by 0\.00\./,
    );
    const clean = fakeRows('cifar10', { protocols: ['posthoc'] });
    expect(sentencesOf(summarise(studiesOf(clean, [])[0]!)).join()).not.toContain(
      'published protocol',
    );
  });

  it('does not report that only CR 1 failed', () => {
    const sentences = sentencesOf(
      summaryOf([measured('svd', 1, 0.992, null, 2000), measured('cur-deim', 2, 0.992, null)]),
    );
    expect(sentences.at(-1)).toMatch(
      /up to CR\u00a02 with cur-deim \(true CR 2\.00, 99\.20%, [^;]*\)\.$/,
    );
    const alone = sentencesOf(summaryOf([measured('svd', 1, 0.992, null, 2000)]));
    expect(alone.at(-1)).toBe('Post-hoc, only CR\u00a01 was tried, which compresses nothing.');
  });

  it('has a sentence for no results', () => {
    expect(sentencesOf(summaryOf([]))).toContain('Nothing was compressed.');
  });
});

it('a saving in bytes is named as such where it is larger than that in parameters', () => {
  const int8 = { method: 'int8', label: 'int8', family: 'int8', knee: 1e6 } as const;
  const svd = { method: 'svd', label: 'SVD', family: 'svd', knee: 60 } as const;
  const options = { methods: [svd, int8], rates: [2, 4], protocols: ['posthoc'] } as const;
  const [baseline] = fakeRows('mnist', options);
  const rows = fakeRows('mnist', options).map((row) =>
    row.family === 'int8'
      ? {
          ...row,
          bytes: baseline!.bytes! / 3.9,
          parameters: baseline!.parameters,
          compression: { classifier: 1, total: 1 },
        }
      : row,
  );
  const said = sentencesOf(summarise(studiesOf(rows, [])[0]!)).join(' ');
  expect(said).toContain('3.90 times fewer bytes');
  expect(said).toMatch(/times fewer parameters\)/);
  expect(said).not.toContain('1.00 times');
});
