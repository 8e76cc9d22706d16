/** The input of a report. */
import type { CurvePoint } from '../base/curve.ts';
import type { EvaluationRow } from '../nn/evaluation-row.ts';
import type { Tuned } from '../nn/model/history.ts';
import type { Latencies } from './latency.ts';

export interface ReportInput {
  readonly title: string;
  readonly rows: readonly EvaluationRow[];
  /** Which test images each network classified correctly, 0 or 1 per image, by `rowKey` of its row. */
  readonly outcomes?: Outcomes;
  /** The sha256 of the scores that contain a row, by `rowKey` of the row. */
  readonly sources?: ReadonlyMap<string, string>;
  readonly spectra: readonly SpectrumRow[];
  /** Of the trainings of these networks. */
  readonly curves?: readonly CurveRow[];
  /** Times of these models. */
  readonly latencies?: readonly Latencies[];
  readonly provenance: readonly ProvenanceRow[];
  /** The parameters of the experiment, shown unchanged. */
  readonly settings: unknown;
}

/** By the key of a row; the images in the order of the data set. */
export type Outcomes = ReadonlyMap<string, Uint8Array>;

/** The singular values of a layer's weights, largest first. */
export interface SpectrumRow {
  readonly dataset: string;
  readonly layer: string;
  readonly rows: number;
  readonly cols: number;
  readonly values: readonly number[];
  /** The layer has more singular values than these. */
  readonly truncated?: true;
  /** An iteration found them: if they decay slowly, the last ones can be a few percent too small. */
  readonly approximate?: true;
}

/** The curve of a training, and the network that was trained. */
export interface CurveRow {
  readonly dataset: string;
  readonly model: string;
  readonly trainingSeed: number;
  /** The part that was trained further; null for the training of the original network. */
  readonly tuned: Tuned | null;
  /** How the network was compressed before; null if it was not. */
  readonly method: string | null;
  /** The name of the method for readers. */
  readonly label: string | null;
  readonly rate: number | null;
  readonly seed: number | null;
  readonly points: readonly CurvePoint[];
}

/** A model from which results in the report stem. */
export interface ProvenanceRow {
  readonly what: string;
  /** The sha256 of its weight files, concatenated. */
  readonly sha256: string;
  /** The backend that computed it. */
  readonly backend?: string;
}
