/** What the report is made from: plain JSON, written by the stages that evaluate and decompose. */

export interface ReportInput {
  readonly title: string;
  readonly rows: readonly EvaluationRow[];
  readonly spectra: readonly SpectrumRow[];
  readonly provenance: readonly ProvenanceRow[];
  /** The parameters of the experiment, shown as they are. */
  readonly settings: unknown;
}

export type Family = 'baseline' | 'svd' | 'cur';

/**
 * 'posthoc': compressed and measured; 'finetuned': trained further after compression; 'control': the
 * uncompressed network, trained further by the same budget.
 */
export type Protocol = 'baseline' | 'posthoc' | 'finetuned' | 'control';

/** One network, measured once on the test images. */
export interface EvaluationRow {
  readonly dataset: string;
  /** e.g. 'VGG-11 w0.125' */
  readonly model: string;
  /** e.g. 'baseline', 'svd', 'cur-seed', 'cur-lineartime', 'cur-leverage' */
  readonly method: string;
  /** The method's name for people. */
  readonly label: string;
  readonly family: Family;
  readonly protocol: Protocol;
  /** The compression rate asked for (CR); null where nothing is compressed. */
  readonly rate: number | null;
  readonly seed: number | null;
  /** Share of the test images classified correctly, 0 to 1. */
  readonly accuracy: number;
  readonly loss: number;
  /** Share of the predictions that equal the baseline's, 0 to 1. */
  readonly agreement: number | null;
  /** Number of test images. */
  readonly count: number;
  readonly parameters: {
    readonly features: number;
    readonly classifier: number;
    readonly total: number;
  };
  /** Parameters before over parameters after; `nominal` is the rate asked for. */
  readonly compression: {
    readonly nominal: number | null;
    readonly classifier: number;
    readonly total: number;
  };
  readonly layers: readonly LayerRow[];
}

export interface LayerRow {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  /** Null where the layer is left as it is. */
  readonly rank: number | null;
  readonly parameters: number;
  /** ||A - A'||_F / ||A||_F */
  readonly relativeError: number | null;
  /** The same of the best approximation of this rank (Eckart-Young-Mirsky). */
  readonly optimalError: number | null;
}

/** The singular values of a layer's weights, largest first. */
export interface SpectrumRow {
  readonly dataset: string;
  readonly layer: string;
  readonly rows: number;
  readonly cols: number;
  readonly values: readonly number[];
}

/** A model that results in the report stem from. */
export interface ProvenanceRow {
  readonly what: string;
  /** Of its files of weights, one after the other. */
  readonly sha256: string;
  /** What it was computed with. */
  readonly backend?: string;
}
