/** The input of the report, gathered from its artifacts. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { EvaluationRow } from '../../../nn/evaluation-row.ts';
import type { ModelHistory } from '../../../nn/model/history.ts';
import { parseModelJson } from '../../../nn/model/model-json.ts';
import { isOfRow, type Latencies } from '../../../report/latency.ts';
import { rowKey } from '../../../report/measurement.ts';
import type { CurveRow, ProvenanceRow, ReportInput, SpectrumRow } from '../../../report/results.ts';
import { compareText } from '../../../report/study.ts';
import { type InputArtifact, type StageContext, StageError } from '../../../runner/index.ts';
import { aboutFactors, factoredLayers, readFactors } from '../compression/factor-files.ts';
import { readLatencies } from '../latency/latency-files.ts';
import { foreignJsonOf } from '../models/foreign-json.ts';
import { weightsDigest } from '../models/weights-digest.ts';
import { readOutcomes, readRows } from '../scoring/scores.ts';
import { readTrainingCurve } from '../training/training-curve-files.ts';

/** Artifacts arrive in the order of their digests. Everything shown is sorted in a meaningful order. */
export function reportInput(
  title: string,
  { inputs }: Pick<StageContext<unknown>, 'inputs'>,
): ReportInput {
  const spectra = firstTrainings(inputs('factors')).flatMap(spectraOf);
  const models = inputs('models')
    .map((source) => ({ source, history: historyIn(source) }))
    .sort((a, b) => (nameOf(a.history) < nameOf(b.history) ? -1 : 1));
  const scores = inputs('scores').map((source) => ({ source, rows: readRows(source) }));
  const rows = scores.flatMap((one) => one.rows);
  const latencies = inputs('latencies').map(readLatencies);
  requireScores(latencies, rows);
  const curves = inputs('curves').map(readTrainingCurve);
  return {
    title,
    rows,
    latencies: latencies.sort((a, b) => (whereOf(a) < whereOf(b) ? -1 : 1)),
    outcomes: new Map(scores.flatMap(outcomesOf)),
    sources: new Map(scores.flatMap(sourcesOf)),
    curves: curves.sort((a, b) => compareText(curvePlace(a), curvePlace(b))),
    spectra: spectra.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)),
    provenance: models.map(({ source, history }) => provenanceOf(source, history)),
    settings: models.map(({ history }) => settingsOf(history)),
  };
}

function whereOf({ threads, onnxruntime, processor }: Latencies): string {
  return JSON.stringify([String(threads).padStart(6), onnxruntime, processor]);
}

function curvePlace({ points: _points, ...about }: CurveRow): string {
  return JSON.stringify(Object.values(about));
}

/** Times without scores would not be shown. */
function requireScores(latencies: readonly Latencies[], rows: readonly EvaluationRow[]): void {
  for (const latency of latencies.flatMap(({ models }) => models)) {
    if (rows.some((row) => isOfRow(latency, row))) continue;
    const { model, label, rate } = latency;
    throw new StageError(
      `there are times of ${model} (${rate === null ? label : `${label} at rate ${rate}`}), but no scores`,
      'evaluate the same models',
    );
  }
}

interface Scores {
  readonly source: InputArtifact;
  readonly rows: readonly EvaluationRow[];
}

function outcomesOf({ source, rows }: Scores): readonly (readonly [string, Uint8Array])[] {
  return readOutcomes(source, rows).flatMap((outcome, i) =>
    outcome ? [[rowKey(rows[i]!), outcome] as const] : [],
  );
}

/** `pipeline show` and the store find the inputs of a row by this. */
function sourcesOf({ source, rows }: Scores): readonly (readonly [string, string])[] {
  const digest = createHash('sha256')
    .update(readFileSync(source.path('rows.json')))
    .digest('hex');
  return rows.map((row) => [rowKey(row), digest] as const);
}

/** If a data set has several trainings, only the first is shown. */
function firstTrainings(factors: readonly InputArtifact[]): readonly InputArtifact[] {
  const first = new Map<string, { readonly source: InputArtifact; readonly seed: number }>();
  for (const source of factors) {
    const { dataset, title, seed } = aboutFactors(source);
    const name = `${dataset} ${title}`;
    if (!(first.get(name) && first.get(name)!.seed <= seed)) first.set(name, { source, seed });
  }
  return [...first.values()].map(({ source }) => source);
}

function spectraOf(factors: InputArtifact): SpectrumRow[] {
  const { dataset } = aboutFactors(factors);
  const rows: SpectrumRow[] = [];
  for (const layer of factoredLayers(factors)) {
    // The spectrum of a convolution depends on the scheme.
    if (layer.includes('@')) continue;
    const { rows: m, cols: n, s, truncated, iterated } = readFactors(factors, layer, 0);
    const marks = { ...(truncated && { truncated }), ...(iterated && { approximate: iterated }) };
    rows.push({ dataset, layer, rows: m, cols: n, values: [...s], ...marks });
  }
  return rows;
}

function historyIn(model: InputArtifact): ModelHistory {
  const foreign = foreignJsonOf(model);
  if (foreign) return foreign.history;
  return parseModelJson(readFileSync(model.path('model.json'), 'utf8'), 'model.json').history;
}

function provenanceOf(model: InputArtifact, history: ModelHistory): ProvenanceRow {
  const { backend } = history.finetuning ?? history.training;
  return { what: nameOf(history), sha256: weightsDigest(model), ...(backend && { backend }) };
}

function nameOf({ dataset, title, finetuning }: ModelHistory): string {
  return `${dataset}: ${title}${finetuning ? ', trained further' : ''}`;
}

function settingsOf({ dataset, title, training, finetuning }: ModelHistory): object {
  return finetuning ? { dataset, title, finetuning } : { dataset, title, training };
}

function placeOf({ dataset, layer }: SpectrumRow): string {
  return `${dataset} ${layer}`;
}
