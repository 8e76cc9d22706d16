/**
 * A study: all measurements of one model on one data set. The report has one section per study.
 *
 * Everything is sorted here, so that the bytes of the report depend only on the measurements and not on the order of
 * the input.
 */

import { ExpectedError } from '../base/expected-error.ts';
import type { EvaluationRow, Family, Protocol } from '../nn/evaluation-row.ts';
import type { Tuned } from '../nn/model/history.ts';
import { isOfRow, type Latencies } from './latency.ts';
import { commonMeasure, type Measure } from './measure.ts';
import { type Measurement, measurementOf, rowKey, sharedDetails } from './measurement.ts';
import type { CurveRow, Outcomes, SpectrumRow } from './results.ts';

export interface Study {
  readonly dataset: string;
  readonly model: string;
  /** Part of the names of files and anchors; unique per study. */
  readonly slug: string;
  /** What all rows have, and are compared by. */
  readonly measure: Measure;
  readonly rows: readonly Measurement[];
  /** The scheme and the choice of ranks, if all compressed networks have the same. Labels leave them out. */
  readonly details: readonly string[];
  /** Which test images a network of the study classified correctly, if known. */
  readonly outcomes: ReadonlyMap<Measurement, Uint8Array>;
  /** The sha256 of the scores that contain a row, if known. */
  readonly sources: ReadonlyMap<Measurement, string>;
  readonly spectra: readonly SpectrumRow[];
  /** The times of its models. */
  readonly latencies: readonly Latencies[];
  /** Of the trainings of its models. */
  readonly curves: readonly CurveRow[];
}

export function studiesOf(
  rows: readonly EvaluationRow[],
  spectra: readonly SpectrumRow[],
  outcomes: Outcomes = new Map(),
  sources: ReadonlyMap<string, string> = new Map(),
  latencies: readonly Latencies[] = [],
  curves: readonly CurveRow[] = [],
): readonly Study[] {
  const datasets = distinct(rows.map((row) => row.dataset));
  return datasets.flatMap((dataset) => {
    const ofDataset = rows.filter((row) => row.dataset === dataset);
    const models = distinct(ofDataset.map((row) => row.model));
    return models.map((model) => {
      const ofModel = ofDataset.filter((row) => row.model === model);
      const measure = commonMeasure(ofModel);
      if (measure === undefined) throw noMeasure(model, dataset);
      const details = sharedDetails(ofModel);
      const measured = ofModel
        .map((row) => ({
          row: measurementOf(row, measure, details),
          outcome: outcomes.get(rowKey(row)),
          source: sources.get(rowKey(row)),
        }))
        .sort((a, b) => compareRows(a.row, b.row));
      return {
        dataset,
        model,
        measure,
        slug: slugOf(models.length === 1 ? dataset : `${dataset} ${model}`),
        details,
        rows: measured.map(({ row }) => row),
        outcomes: new Map(
          measured.flatMap(({ row, outcome }) => (outcome ? [[row, outcome] as const] : [])),
        ),
        sources: new Map(
          measured.flatMap(({ row, source }) => (source ? [[row, source] as const] : [])),
        ),
        // In the given order, which is the order of the network.
        spectra: spectra.filter((spectrum) => spectrum.dataset === dataset),
        latencies: latencies.flatMap((one) => {
          const known = one.models.filter((latency) =>
            ofModel.some((row) => isOfRow(latency, row)),
          );
          return known.length === 0 ? [] : [{ ...one, models: known }];
        }),
        curves: curves.filter((curve) => curve.dataset === dataset && curve.model === model),
      };
    });
  });
}

function noMeasure(model: string, dataset: string): ExpectedError {
  return new ExpectedError(
    `the results of ${model} on ${dataset} can't be compared: some have only an accuracy, others only an agreement or output errors`,
    'evaluate all of them on the same data, and give each evaluation the reference',
  );
}

/** False for an MLP, and for the models of other programs: no part of them is known to be the classifier. */
export function hasParts({ rows }: Study): boolean {
  return rows.some(({ parameters }) => parameters.features > 0);
}

/** What was counted. The data of a model of another program may not be images. */
export function samplesWord(study: Study): 'images' | 'samples' {
  return study.measure === 'accuracy' && hasParts(study) ? 'images' : 'samples';
}

/** The distinct values, in the order of their code units. */
export function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort(compareText);
}

/** By code units: `localeCompare` depends on the machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** By family, then method, protocol, rate and seeds. SVD comes before CUR, as in the tables. */
export function compareRows(a: Measurement, b: Measurement): number {
  return (
    FAMILIES.indexOf(a.family) - FAMILIES.indexOf(b.family) ||
    compareText(a.method, b.method) ||
    PROTOCOLS.indexOf(a.protocol) - PROTOCOLS.indexOf(b.protocol) ||
    SCOPES.indexOf(a.tuned) - SCOPES.indexOf(b.tuned) ||
    (a.rate ?? 0) - (b.rate ?? 0) ||
    (a.trainingSeed ?? -1) - (b.trainingSeed ?? -1) ||
    (a.seed ?? -1) - (b.seed ?? -1)
  );
}

const FAMILIES: readonly Family[] = ['baseline', 'svd', 'cur', 'int8'];
export const PROTOCOLS: readonly Protocol[] = [
  'baseline',
  'control',
  'posthoc',
  'finetuned',
  'published',
];
const SCOPES: readonly (Tuned | null)[] = [null, 'classifier', 'all', 'factors'];

export function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^-|-$/g, '');
}
