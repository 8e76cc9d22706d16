import { describe, expect, it } from 'vitest';
import { sentencesOf } from '../../src/report/sentences.ts';
import { studiesOf } from '../../src/report/study.ts';
import { summarise } from '../../src/report/summary.ts';
import { warningsOf } from '../../src/report/warnings.ts';
import { fakeInput, fakeRows } from './fake-results.ts';
import { baselineRow, measured, summaryOf } from './measured-rows.ts';

describe('warningsOf', () => {
  it('has none for a clean study', () => {
    const options = { trainings: [0, 1], rates: [1, 2, 5, 10] };
    const { rows, outcomes } = fakeInput(options);
    const [study] = studiesOf(rows, [], outcomes);
    expect(warningsOf(summarise(study!))).toEqual([]);
  });

  it('reports the limits of the tests', () => {
    const warned = (options: Parameters<typeof fakeInput>[0]) => {
      const { rows, outcomes } = fakeInput({ rates: [2, 5], images: 500, ...options });
      return warningsOf(summarise(studiesOf(rows, [], outcomes)[0]!)).join('\n');
    };
    expect(warned({})).toMatch(/^All results are from one network: [^\n]*$/);
    expect(warned({ seeds: [0] })).toContain('If a random method was drawn once');
    const { rows, outcomes } = fakeInput({ rates: [2, 5], images: 500, seeds: [0] });
    expect(sentencesOf(summarise(studiesOf(rows, [], outcomes)[0]!)).at(-1)).toContain(
      'of one draw)',
    );
    expect(warned({ rates: [2, 100] })).toContain(
      'no SVD result has a similar number of parameters: 3 methods (post-hoc) at CR\u00a0100 and 3 methods (fine-tuned) at CR\u00a0100.',
    );
    const [study] = studiesOf(fakeRows('mnist', { rates: [2, 5] }), []);
    expect(warningsOf(summarise(study!)).join()).toContain('were not tested');
  });

  it('reports the part of the published protocol that is not compression', () => {
    const rows = fakeRows('cifar10', { protocols: ['posthoc', 'published'], rates: [1, 10] });
    const warnings = warningsOf(summarise(studiesOf(rows, [])[0]!)).filter((one) =>
      one.startsWith('At CR\u00a01'),
    );
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /published \(old factors, tuned convolutions\) results differ .*SVD by \+16\d/,
    );
    expect(warnings[0]).toContain('comes from the further training of the convolutions');
  });

  it('reports a sweep that does not start from its baseline', () => {
    const warned = (accuracy: number) =>
      warningsOf(summaryOf([measured('svd', 1, accuracy, null)]));
    expect(warned(0.993)).toEqual([]);
    expect(warned(0.9931)).toEqual([
      'At CR\u00a01, where nothing is compressed, post-hoc results differ from the baseline in the number of samples classified correctly: svd by +11. So the sweep does not start from this baseline, and differences of this size are not due to compression.',
    ]);
    expect(warned(0.98)[0]).toContain('svd by −120');
  });

  it('compares fine-tuned rows with the control', () => {
    const tuned = { ...measured('svd', 1, 0.995, null), protocol: 'finetuned' } as const;
    const control = { ...baselineRow(), accuracy: 0.995, protocol: 'control' } as const;
    expect(warningsOf(summaryOf([tuned]))[0]).toContain('come from the further training alone');
    expect(warningsOf(summaryOf([tuned, control]))).toEqual([]);
  });

  it('reports single draws, luck, and a missing baseline', () => {
    expect(warningsOf(summaryOf([measured('cur-published', 2, 0.99, 0)]))[0]).toMatch(
      /^Only one seed for all CUR/,
    );
    // A method without randomness needs only one draw.
    expect(warningsOf(summaryOf([measured('cur-deim', 2, 0.99, null)]))).toEqual([]);
    const mixed = [
      measured('cur-published', 2, 0.99, 0),
      measured('cur-published', 2, 0.99, 1),
      measured('cur-published', 4, 0.99, 0),
    ];
    expect(warningsOf(summaryOf(mixed))[0]).toMatch(/^Only one seed for 1 of 2 CUR results/);
    const dip = [measured('svd', 2, 0.5, null), measured('svd', 4, 0.99, null)];
    expect(warningsOf(summaryOf(dip))[0]).toBe(
      'svd (post-hoc) is below the tolerance at CR\u00a02 and within it again at CR\u00a04. That may be luck, so rates beyond the first failure do not count.',
    );
    const [study] = studiesOf([measured('svd', 2, 0.99, null)], []);
    expect(warningsOf(summarise(study!))).toEqual([
      'There is no baseline, so the loss of accuracy by compression is unknown.',
    ]);
  });
});
