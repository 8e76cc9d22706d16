/** Reports of results without labels: nothing in them claims an accuracy. */
import { describe, expect, it } from 'vitest';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import { buildReport } from '../../src/report/index.ts';
import { studiesOf } from '../../src/report/study.ts';
import { summarise } from '../../src/report/summary.ts';
import { measurementsTable } from '../../src/report/tables/measurements.ts';
import { measuresTable } from '../../src/report/tables/measures.ts';
import { fakeInput, fakeOutcomes, fakeRows } from './fake-results.ts';

const labelled = fakeRows('sentences', { rates: [1, 2, 5], seeds: [0, 1], images: 200 });
const isBaseline = ({ protocol }: EvaluationRow) => protocol === 'baseline';
const agreeing = labelled.map((row): EvaluationRow => {
  const agreement = isBaseline(row) ? 1 : row.accuracy;
  return { ...row, accuracy: null, loss: null, agreement };
});
const similar = agreeing.map((row): EvaluationRow => {
  const error = isBaseline(row) ? 0 : 1 - row.agreement!;
  return { ...row, agreement: null, outputErrors: { tokens: error, pooled: error / 2 } };
});

const exportFigure = async () => ({ pdf: new Uint8Array(), png: new Uint8Array() });

async function textsOf(rows: readonly EvaluationRow[], language: 'en' | 'ru') {
  const outcomes = rows[0]!.agreement === null ? new Map() : fakeOutcomes(labelled);
  const input = { ...fakeInput(), title: 'A study', rows, outcomes, spectra: [] };
  const files = await buildReport(input, { exportFigure, language });
  const page = String(files.get('index.html'));
  // Without styles and the script, but with the texts inside the figures.
  return {
    files,
    page: page.replace(/<(style|script)[\s\S]*?<\/\1>/g, ''),
    summary: String(files.get('summary.txt')),
  };
}

describe('a study', () => {
  it('is compared by the first measure that all rows have', () => {
    const measure = (rows: readonly EvaluationRow[]) => studiesOf(rows, [])[0]!.measure;
    expect([labelled, agreeing, similar].map(measure)).toEqual([
      'accuracy',
      'agreement',
      'similarity',
    ]);
    const both = labelled.map((row) => ({ ...row, agreement: 0.5 }));
    expect(measure(both)).toBe('accuracy');
    expect(measure([...both.slice(1), { ...both[0]!, accuracy: null }])).toBe('agreement');
  });

  it('is refused if the rows have no measure in common', () => {
    expect(() => studiesOf([labelled[1]!, similar[1]!], [])).toThrow(
      expect.objectContaining({
        name: 'ExpectedError',
        message:
          "the results of VGG-11 w0.125 on sentences can't be compared: some have only an accuracy, others only an agreement or output errors",
      }),
    );
  });

  it('has the same numbers by the agreement as by equal accuracies', () => {
    const [one, other] = [labelled, agreeing].map((rows) => {
      const outcomes = new Map([...fakeOutcomes(labelled)]);
      return summarise(studiesOf(rows, [], outcomes)[0]!);
    });
    const medians = (summary: typeof one) =>
      summary!.aggregates.filter(({ rate }) => rate !== null).map(({ accuracy }) => accuracy);
    expect(medians(other)).toEqual(medians(one));
    expect(other!.hypotheses.map(({ test }) => test)).toEqual(
      one!.hypotheses.map(({ test }) => test),
    );
    expect(other!.baseline!.accuracy.median).toBe(1);
  });

  it('by the similarity needs no outputs of the original', () => {
    const rows = similar.map((row) => (isBaseline(row) ? { ...row, outputErrors: {} } : row));
    const { measure, rows: measured } = studiesOf(rows, [])[0]!;
    expect(measure).toBe('similarity');
    expect(measured.filter(isBaseline).map(({ score }) => score)).toEqual([1]);
  });

  it('by the similarity uses the largest error of an output, and has no tests', () => {
    const summary = summarise(studiesOf(similar, [])[0]!);
    const row = summary.study.rows.find((one) => one.rate === 5)!;
    expect(row.score).toBe(1 - row.outputErrors.tokens!);
    expect(summary.hypotheses.every(({ verdict }) => verdict === 'not tested')).toBe(true);
  });

  it('shows the columns that it has values for', () => {
    const columns = (rows: readonly EvaluationRow[]) =>
      measurementsTable(studiesOf(rows, [])[0]!).columns.map(({ id }) => id);
    expect(columns(labelled)).toEqual(expect.arrayContaining(['accuracy', 'loss', 'agreement']));
    expect(columns(labelled)).not.toContain('top5');
    expect(columns(agreeing)).not.toContain('accuracy');
    expect(columns(agreeing)).not.toContain('loss');
    expect(columns(similar)).toContain('output_error');
    const whole = labelled.map((row) => ({
      ...row,
      macs: null,
      parameters: { ...row.parameters, features: 0 },
    }));
    const parts = ['features', 'classifier', 'classifier_compression', 'macs'];
    expect(columns(labelled)).toEqual(expect.arrayContaining(parts));
    expect(columns(whole).filter((id) => parts.includes(id))).toEqual([]);
    // Whether the data of such a model are images is unknown.
    expect(columns(labelled)).toContain('images');
    expect(columns(whole)).toContain('samples');
    const top5 = labelled.map((row) => ({ ...row, top5: 0.9 }));
    expect(columns(top5)).toContain('top5');
    const table = measuresTable(summarise(studiesOf(similar, [])[0]!));
    expect(table.columns.at(-1)).toMatchObject({ id: 'output_error', heading: 'Output error' });
  });
});

describe('a report without labels', () => {
  const claims = { en: /accura|correctly|images/i, ru: /точност[иью]? |изображени|верно/i };

  it.each([
    ['agreement', agreeing, 'en', /Agreement with the original \(%\)/],
    ['similarity', similar, 'en', /Similarity of the outputs \(%\)/],
    ['agreement', agreeing, 'ru', /Согласие с исходной сетью \(%\)/],
    ['similarity', similar, 'ru', /Близость выходов \(%\)/],
  ] as const)('speaks of the %s only (%#)', async (measure, rows, language, axis) => {
    const { page, summary, files } = await textsOf(rows, language);
    expect(page).toMatch(axis);
    expect(summary).toMatch(axis);
    const visible = page.replace(/<[^>]*(?:id|href|class)="[^"]*"[^>]*>/g, ' ');
    expect(
      visible.match(new RegExp(`.{0,60}(?:${claims[language].source}).{0,40}`, 'gi')) ?? [],
    ).toEqual([]);
    expect(summary).not.toMatch(claims[language]);
    // There are no tests of a similarity.
    expect(/All results are from one network|получены на одной сети/.test(page)).toBe(
      measure === 'agreement',
    );
    const table = String(files.get('tables/best-sentences.csv'));
    expect(table.split('\n')[0]).toContain(measure);
    expect(table).not.toContain('accuracy');
  });
});
