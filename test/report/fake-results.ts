/**
 * Simulated measurements that look like real ones: a small VGG-11 on two data sets, SVD and three CURs. Deterministic:
 * 'random' numbers are hashes of the configuration.
 */
import type { EvaluationRow, Protocol } from '../../src/nn/evaluation-row.ts';
import { rowKey } from '../../src/report/measurement.ts';
import type { ReportInput, SpectrumRow } from '../../src/report/results.ts';
import { digest, fastUnits, unit } from './fake-numbers.ts';
import { fakeRow, LAYERS } from './fake-row.ts';

export interface FakeOptions {
  readonly datasets?: readonly string[];
  readonly rates?: readonly number[];
  readonly seeds?: readonly number[];
  readonly protocols?: readonly Protocol[];
  readonly trainings?: readonly (number | null)[];
  readonly methods?: readonly FakeMethod[];
  /** Test images. */
  readonly images?: number;
}

export interface FakeMethod {
  readonly method: string;
  readonly label: string;
  readonly family: 'svd' | 'cur' | 'int8';
  /** The rate at which it loses about a third of the possible loss. */
  readonly knee: number;
  readonly isRandom?: boolean;
}

export function fakeInput(options: FakeOptions = {}): ReportInput {
  const { datasets = ['mnist'] } = options;
  const rows = datasets.flatMap((dataset) => fakeRows(dataset, options));
  return {
    title: 'Compressing the linear layers of VGG-11 by SVD and CUR',
    rows,
    outcomes: fakeOutcomes(rows),
    spectra: datasets.flatMap(fakeSpectra),
    provenance: datasets.flatMap((dataset) => [
      { what: `${dataset}: VGG-11`, sha256: digest(`train ${dataset}`), backend: 'wasm 4.22.0' },
      { what: `${dataset}: VGG-11, trained further`, sha256: digest(`control ${dataset}`) },
    ]),
    settings: {
      dataset: datasets,
      model: { name: 'vgg11', width: 0.125, head: 'folded' },
      train: { epochs: 7, batch: 128, learningRate: 0.0005, optimiser: 'adam' },
      compression: { rates: options.rates ?? RATES, methods: METHODS.map(({ method }) => method) },
    },
  };
}

export const RATES = [1, 2, 5, 10, 25, 50, 100];

const METHODS: readonly FakeMethod[] = [
  { method: 'svd', label: 'SVD', family: 'svd', knee: 60 },
  { method: 'cur-published', label: 'CUR (column norms)', family: 'cur', knee: 18, isRandom: true },
  { method: 'cur-lineartime', label: 'CUR (LinearTime)', family: 'cur', knee: 8, isRandom: true },
  { method: 'cur-leverage', label: 'CUR (leverage)', family: 'cur', knee: 30, isRandom: true },
];

/** As many methods as in a full comparison, with names of the same length. */
export const MANY_METHODS: readonly FakeMethod[] = [
  ...METHODS,
  { method: 'svd-activation', label: 'SVD (activation-scaled)', family: 'svd', knee: 85 },
  { method: 'svd-output', label: 'SVD (output covariance)', family: 'svd', knee: 110 },
  { method: 'cur-uniform', label: 'CUR (uniform)', family: 'cur', knee: 14, isRandom: true },
  {
    method: 'cur-norm-distinct',
    label: 'CUR (column norms, without replacement)',
    family: 'cur',
    knee: 24,
    isRandom: true,
  },
  {
    method: 'cur-leverage-exact',
    label: 'CUR (leverage, exact count)',
    family: 'cur',
    knee: 33,
    isRandom: true,
  },
  { method: 'cur-top', label: 'CUR (largest leverage)', family: 'cur', knee: 28 },
  { method: 'cur-deim', label: 'CUR (DEIM)', family: 'cur', knee: 48 },
  { method: 'cur-qr', label: 'CUR (pivoted QR)', family: 'cur', knee: 57 },
  {
    method: 'cur-sketch',
    label: 'CUR (interpolative decomposition, sketched)',
    family: 'cur',
    knee: 52,
    isRandom: true,
  },
  { method: 'cur-adaptive', label: 'CUR (adaptive)', family: 'cur', knee: 45, isRandom: true },
  { method: 'cur-data', label: 'CUR (activation scores)', family: 'cur', knee: 90 },
];

const COUNT = 10_000;

export function fakeRows(dataset: string, options: FakeOptions = {}): readonly EvaluationRow[] {
  const { trainings = [null] } = options;
  return trainings.flatMap((trainingSeed) => fakeTraining(dataset, trainingSeed, options));
}

function fakeTraining(
  dataset: string,
  trainingSeed: number | null,
  {
    rates = RATES,
    seeds = [0, 1, 2],
    protocols = ['posthoc', 'finetuned'],
    methods = METHODS,
    images = COUNT,
  }: FakeOptions,
): readonly EvaluationRow[] {
  const top = (dataset === 'mnist' ? 0.9932 : 0.7342) + 0.001 * (trainingSeed ?? 0);
  const shared = { dataset, trainingSeed, count: images };
  const baseline = fakeRow({
    ...shared,
    accuracy: top,
    method: 'baseline',
    label: 'Baseline',
    family: 'baseline',
    protocol: 'baseline',
    rate: null,
    seed: null,
  });
  const control = fakeRow({
    ...baseline,
    ...shared,
    accuracy: top + 0.0011,
    label: 'Baseline, trained on',
    protocol: 'control',
  });
  const drift = { posthoc: 0, finetuned: 0.0012, published: 0.0165, baseline: 0, control: 0 };
  return [
    baseline,
    ...(protocols.includes('finetuned') ? [control] : []),
    ...protocols.flatMap((protocol) =>
      methods.flatMap(({ knee, isRandom = false, ...method }) =>
        rates.flatMap((rate) =>
          (isRandom ? seeds : [null]).map((seed) => {
            const name = `${dataset} ${method.method} ${protocol} ${rate} ${trainingSeed ?? ''}`;
            const reach = knee * (protocol === 'finetuned' ? 2.2 : 1);
            const loss = (top - 0.1) / (1 + (reach / rate) ** 3) / 1.6;
            const noise =
              (unit(`${name} ${seed}`) - 0.5) * (0.0006 + 0.25 * loss * (isRandom ? 1 : 0));
            const gain = drift[protocol];
            const exact = rate === 1 && protocol === 'posthoc' ? top : top + gain - loss + noise;
            const accuracy = Math.round(Math.min(1, exact) * images) / images;
            return fakeRow({ ...shared, accuracy, ...method, protocol, rate, seed });
          }),
        ),
      ),
    ),
  ];
}

/**
 * Each image has a difficulty, which is almost the same for all networks. A network classifies the easiest images
 * correctly, as many as its accuracy says.
 */
export function fakeOutcomes(rows: readonly EvaluationRow[]): ReadonlyMap<string, Uint8Array> {
  return new Map(
    rows.map((row) => {
      const key = rowKey(row);
      const ease = fastUnits(key, row.count);
      const difficulty = fastUnits(row.dataset, row.count).map((one, i) => one + 0.04 * ease[i]!);
      const right = Math.round(row.accuracy! * row.count);
      const hardest = Float64Array.from(difficulty).sort()[right - 1]!;
      return [key, Uint8Array.from(difficulty, (one) => Number(one <= hardest))];
    }),
  );
}

function fakeSpectra(dataset: string): readonly SpectrumRow[] {
  return LAYERS.map(({ name, rows, cols }, place) => ({
    dataset,
    layer: name,
    rows,
    cols,
    values: Array.from({ length: Math.min(rows, cols) }, (_, i) =>
      place === 0 && i > 430
        ? 1e-12 / (i + 1)
        : (9 / (1 + place)) * (i + 1) ** -0.45 * Math.exp(-i / (90 * (place + 1))),
    ),
  }));
}
