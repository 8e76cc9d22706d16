/**
 * A study: all that was measured of one model on one data set. The report has a section a study.
 *
 * Everything is put in one order here, whatever the order of the input, so that the report's bytes
 * depend on what was measured only.
 */

import type { EvaluationRow, Family, Protocol, SpectrumRow } from './results.ts';

export interface Study {
  readonly dataset: string;
  readonly model: string;
  /** In names of files and anchors; its own for each study. */
  readonly slug: string;
  readonly rows: readonly EvaluationRow[];
  readonly spectra: readonly SpectrumRow[];
}

export function studiesOf(
  rows: readonly EvaluationRow[],
  spectra: readonly SpectrumRow[],
): readonly Study[] {
  const datasets = distinct(rows.map((row) => row.dataset));
  return datasets.flatMap((dataset) => {
    const ofDataset = rows.filter((row) => row.dataset === dataset);
    const models = distinct(ofDataset.map((row) => row.model));
    return models.map((model) => ({
      dataset,
      model,
      slug: slugOf(models.length === 1 ? dataset : `${dataset} ${model}`),
      rows: ofDataset.filter((row) => row.model === model).sort(compareRows),
      // In the order given, which is the network's.
      spectra: spectra.filter((spectrum) => spectrum.dataset === dataset),
    }));
  });
}

export const PROTOCOL_NAMES: Readonly<Record<Protocol, string>> = {
  baseline: 'baseline',
  control: 'control',
  posthoc: 'post-hoc',
  finetuned: 'fine-tuned',
};

/** The values, each once, in the order of their characters' codes. */
export function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort(compareText);
}

/** By code units: `localeCompare` depends on the machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** By family, then method, protocol, rate and seed: SVD before CUR, as the tables have them. */
export function compareRows(
  a: Pick<EvaluationRow, 'family' | 'method' | 'protocol' | 'rate' | 'seed'>,
  b: Pick<EvaluationRow, 'family' | 'method' | 'protocol' | 'rate' | 'seed'>,
): number {
  return (
    FAMILIES.indexOf(a.family) - FAMILIES.indexOf(b.family) ||
    compareText(a.method, b.method) ||
    PROTOCOLS.indexOf(a.protocol) - PROTOCOLS.indexOf(b.protocol) ||
    (a.rate ?? 0) - (b.rate ?? 0) ||
    (a.seed ?? -1) - (b.seed ?? -1)
  );
}

const FAMILIES: readonly Family[] = ['baseline', 'svd', 'cur'];
const PROTOCOLS: readonly Protocol[] = ['baseline', 'control', 'posthoc', 'finetuned'];

export function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^-|-$/g, '');
}
