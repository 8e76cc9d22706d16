/** The results that a report is made from. */
import type { EvaluationRow } from '../nn/evaluation-row.ts';

export interface ReportInput {
  readonly title: string;
  readonly rows: readonly EvaluationRow[];
  /** Which test images each network classified correctly, 0 or 1 an image, by `rowKey` of its row. */
  readonly outcomes?: Outcomes;
  /** The sha256 of the scores that a row was read from, by `rowKey` of the row. */
  readonly sources?: ReadonlyMap<string, string>;
  readonly spectra: readonly SpectrumRow[];
  readonly provenance: readonly ProvenanceRow[];
  /** The parameters of the experiment, shown as they are. */
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
  /** An iteration found them: where they decay slowly, the last can be too small by some per cent. */
  readonly approximate?: true;
}

/** A model that results in the report stem from. */
export interface ProvenanceRow {
  readonly what: string;
  /** Of its files of weights, one after the other. */
  readonly sha256: string;
  /** What it was computed with. */
  readonly backend?: string;
}
