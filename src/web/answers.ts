/** The answers of the server to requests of the page, as plain JSON. */
import type { CurvePoint } from '../base/curve.ts';
import type { JsonObject } from '../base/json.ts';
import type { Cell } from '../base/table-query.ts';
import type { ExperimentColumn, Metric, RunSummary, Sentence } from '../runner/index.ts';
import type { StageState } from './messages.ts';

export interface StageDetail {
  readonly id: string;
  readonly type: string;
  readonly description: string;
  readonly state: StageState;
  /** The outputs are those of an earlier state. */
  readonly stale: boolean;
  readonly reasons: readonly Sentence[];
  readonly parameters: JsonObject;
  readonly inputs: readonly StageInput[];
  readonly takenBy: readonly string[];
  readonly outputs: readonly StageOutput[];
  /** Only numbers, no texts. */
  readonly metrics: readonly { readonly row?: string; readonly values: Record<string, Metric> }[];
  readonly key?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly code?: { readonly digest: string; readonly files: number; readonly packages: number };
  readonly made?: {
    readonly run: string;
    readonly finished: string;
    readonly seconds: number;
    /** The version of the program, and the commit of the project. */
    readonly origin?: {
      readonly version: string;
      readonly commit?: string;
      readonly changed?: boolean;
    };
    /** The remote cache that the result came from. */
    readonly cache?: string;
  };
  readonly place: string;
}

export interface StageInput {
  readonly port: string;
  readonly stages: readonly string[];
  readonly file?: string;
}

export interface StageOutput {
  readonly port: string;
  readonly kind: string;
  readonly artifact: string;
  /** Only the first ones of a long list. */
  readonly files: readonly { readonly path: string; readonly size: number }[];
  readonly count: number;
  readonly bytes: number;
}

/** The log of a stage's last attempt, from a given line. */
export interface LogPiece {
  readonly run?: string;
  readonly attempt?: number;
  readonly state: 'none' | 'finished' | 'failed' | 'stopped' | 'unfinished';
  readonly seconds?: number;
  /** Headline, details and advice. */
  readonly failure: readonly string[];
  /** The number of the first line here. Earlier lines may be missing. */
  readonly from: number;
  readonly lines: readonly string[];
  /** The number of earlier lines is not known. */
  readonly cut?: boolean;
}

export interface CurvesAnswer {
  readonly curves: readonly StageCurve[];
  /** The number of further stages with curves. */
  readonly more: number;
}

export interface StageCurve {
  readonly stage: string;
  /** Its axes that differ between instances, such as `method=svd,rate=25`. Empty if there are none. */
  readonly axes: string;
  readonly isLive: boolean;
  readonly points: readonly CurvePoint[];
}

export type RunsAnswer = readonly RunSummary[];

export interface ComparisonAnswer {
  readonly before: RunSummary;
  readonly after: RunSummary;
  /** The number of unchanged stages. */
  readonly same: number;
  readonly stages: readonly ComparedStage[];
}

export interface ComparedStage {
  readonly stage: string;
  readonly kind: 'only-before' | 'only-after' | 'other-key' | 'other-outputs';
  readonly sentences: readonly Sentence[];
  readonly sameOutputs?: boolean;
  readonly outputs: readonly string[];
  readonly metrics: readonly {
    readonly name: string;
    readonly before: Metric;
    readonly after: Metric;
    readonly delta?: number;
  }[];
}

export interface ExperimentsAnswer {
  readonly columns: readonly ExperimentColumn[];
  readonly rows: readonly ExperimentLine[];
  readonly unread: readonly string[];
}

/** A row of metrics. */
export interface TableLine {
  readonly stage: string;
  /** In the order of the columns. */
  readonly cells: readonly Cell[];
}

/** `stage` is the last one of the row, which has this key. */
export interface ExperimentLine extends TableLine {
  readonly key: string;
}

export interface InstancesAnswer {
  /** The axes that vary, words that tell lines apart, and metrics. */
  readonly columns: readonly ExperimentColumn[];
  /** In the order of the instances. An instance with several rows of metrics has several lines. */
  readonly rows: readonly InstanceLine[];
  /** The number of instances whose metrics were read. */
  readonly measured: number;
}

export interface InstanceLine extends TableLine {
  /** Whether the metrics are those of the current state. */
  readonly upToDate: boolean;
}

export interface FiguresAnswer {
  readonly images: readonly FigureFile[];
  /** HTML pages, such as a report. */
  readonly pages: readonly FigureFile[];
}

export interface FigureFile {
  readonly stage: string;
  readonly artifact: string;
  readonly path: string;
  readonly size: number;
  readonly stale: boolean;
}
