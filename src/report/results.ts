/** What the report is made from: plain JSON, written by the stages that evaluate and decompose. */

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

export type Family = 'baseline' | 'svd' | 'cur';

/**
 * 'posthoc': compressed and measured; 'finetuned': trained further after compression; 'control': the
 * uncompressed network, trained further by the same budget; 'seed': the convolutions of a network trained
 * further under factors of the network from before, as the published notebook had them.
 */
export type Protocol = 'baseline' | 'posthoc' | 'finetuned' | 'control' | 'seed';

/** What of a network was trained further. */
export type Tuned = 'classifier' | 'all' | 'factors';

/** How ranks were chosen: one rate for each layer, kept energy, an error budget, a target accuracy. */
export type Allocation = 'uniform' | 'energy' | 'budget' | 'accuracy';

/** One network, measured once on the test images. */
export interface EvaluationRow {
  readonly dataset: string;
  /** e.g. 'VGG-11 w0.125' */
  readonly model: string;
  /** Of the training that gave the network from which this one stems. */
  readonly trainingSeed?: number | null;
  /** e.g. 'baseline', 'svd', 'cur-seed', 'cur-lineartime', 'cur-leverage' */
  readonly method: string;
  /** The method's name for people. */
  readonly label: string;
  readonly family: Family;
  readonly protocol: Protocol;
  /** Null where nothing was trained further. */
  readonly tuned?: Tuned | null;
  /** How convolutions were factored: 'channel', 'spatial', ...; null where they were not. */
  readonly scheme?: string | null;
  /** 'uniform' where it is left out. */
  readonly allocation?: Allocation;
  /** The compression rate asked for (CR); null where nothing is compressed. */
  readonly rate: number | null;
  /** Of the draw of a random method; null for a deterministic one. */
  readonly seed: number | null;
  /** Share of the test images classified correctly, 0 to 1. */
  readonly accuracy: number;
  readonly loss: number;
  /** Share of the predictions that equal the baseline's, 0 to 1. */
  readonly agreement: number | null;
  /** Number of test images. */
  readonly count: number;
  readonly parameters: ByPart;
  /** Multiplications and additions in pairs, for one image. */
  readonly macs?: ByPart | null;
  /** Of the weights, as they are stored. */
  readonly bytes?: number | null;
  /** Parameters before over parameters after; `nominal` is the rate asked for. */
  readonly compression: {
    readonly nominal: number | null;
    /** The true rate: weights of the factored layers together, without biases, before over after. */
    readonly achieved?: number;
    readonly classifier: number;
    readonly total: number;
  };
  readonly layers: readonly LayerRow[];
}

/** Of the convolutions, of the classifier, and of both. */
export interface ByPart {
  readonly features: number;
  readonly classifier: number;
  readonly total: number;
}

export interface LayerRow {
  readonly name: string;
  /** 'dense' where it is left out. */
  readonly kind?: 'dense' | 'convolution';
  /** Of the matrix that is factored. */
  readonly rows: number;
  readonly cols: number;
  /** Null where the layer is left as it is. */
  readonly rank: number | null;
  readonly parameters: number;
  /** ||A - A'||_F / ||A||_F, A' being the product of the factors as they are stored. */
  readonly relativeError: number | null;
  /** The same of the best approximation of this rank (Eckart-Young-Mirsky). */
  readonly optimalError: number | null;
  /** `optimalError` is from singular values that an iteration found: it can be too large, by less than 1%. */
  readonly approximate?: true;
  /** What `relativeError` can't exceed for the columns and rows chosen; null where nothing is proved. */
  readonly bound?: number | null;
}

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
