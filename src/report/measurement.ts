/**
 * A row with all fields filled in, and its names: the method with the scheme and the choice of ranks, and the phase,
 * which is the protocol and the part that was trained.
 */

import type { EvaluationRow, Protocol } from '../nn/evaluation-row.ts';
import type { Tuned } from '../nn/model/history.ts';
import { type Measure, scoreOf } from './measure.ts';

export interface Measurement extends Required<EvaluationRow> {
  /** The measure of the study, by which the row is compared with others. */
  readonly score: number;
  /** The method alone; `method` and `label` also include the scheme and the choice of ranks. */
  readonly base: string;
  /** For readers: 'post-hoc', 'fine-tuned (classifier)'. Rows of one phase can be compared. */
  readonly phase: string;
}

/** A text that identifies the configuration of a measurement. */
export function rowKey(row: EvaluationRow): string {
  const { dataset, model, trainingSeed, method, scheme, allocation, protocol, tuned, rate, seed } =
    complete(row);
  return JSON.stringify([
    dataset,
    model,
    trainingSeed,
    method,
    scheme,
    allocation,
    protocol,
    tuned,
    rate,
    seed,
  ]);
}

/**
 * @param measure one that the row has
 * @param shared details that the label leaves out, because all rows have them
 */
export function measurementOf(
  row: EvaluationRow,
  measure: Measure,
  shared: readonly string[] = [],
): Measurement {
  const whole = complete(row);
  const details = detailsOf(whole);
  return {
    ...whole,
    score: scoreOf(row, measure)!,
    base: row.method,
    method: [row.method, ...details].join(' '),
    label: [row.label, ...details.filter((one) => !shared.includes(one))].join(' · '),
    phase: phaseOf(whole),
  };
}

/** The scheme and the choice of ranks, where they are not the usual ones. */
function detailsOf(row: EvaluationRow): readonly string[] {
  const { scheme, allocation } = complete(row);
  return [
    ...(scheme === null ? [] : [scheme]),
    ...(allocation === 'uniform' ? [] : [`${allocation} ranks`]),
  ];
}

/** The details that all compressed networks have. */
export function sharedDetails(rows: readonly EvaluationRow[]): readonly string[] {
  const [first = [], ...others] = rows.filter(({ rate }) => rate !== null).map(detailsOf);
  return first.filter((detail) => others.every((details) => details.includes(detail)));
}

function complete(row: EvaluationRow): Required<EvaluationRow> {
  return {
    trainingSeed: null,
    tuned: null,
    scheme: null,
    allocation: 'uniform',
    macs: null,
    bytes: null,
    top5: null,
    outputErrors: {},
    ...row,
  };
}

function phaseOf({ protocol, tuned }: Required<EvaluationRow>): string {
  const isNamed = tuned !== null && (protocol === 'finetuned' || protocol === 'control');
  return isNamed ? `${PROTOCOL_NAMES[protocol]} (${TUNED_NAMES[tuned]})` : PROTOCOL_NAMES[protocol];
}

const PROTOCOL_NAMES: Readonly<Record<Protocol, string>> = {
  baseline: 'baseline',
  control: 'control',
  posthoc: 'post-hoc',
  finetuned: 'fine-tuned',
  published: 'published (old factors, tuned convolutions)',
};

const TUNED_NAMES: Readonly<Record<Tuned, string>> = {
  classifier: 'classifier',
  all: 'whole network',
  factors: 'factors',
};
