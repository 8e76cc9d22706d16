/**
 * Made-up measurements that look like real ones: a small VGG-11 on two data sets, SVD and three CURs.
 * Deterministic: 'random' numbers are hashes of the configuration.
 */

import type {
  EvaluationRow,
  LayerRow,
  Protocol,
  ReportInput,
  SpectrumRow,
} from '../../src/report/results.ts';

export interface FakeOptions {
  readonly datasets?: readonly string[];
  readonly rates?: readonly number[];
  readonly seeds?: readonly number[];
  readonly protocols?: readonly Protocol[];
}

export function fakeInput(options: FakeOptions = {}): ReportInput {
  const { datasets = ['mnist'] } = options;
  return {
    title: 'Compressing the linear layers of VGG-11 by SVD and CUR',
    rows: datasets.flatMap((dataset) => fakeRows(dataset, options)),
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

const METHODS = [
  { method: 'svd', label: 'SVD', family: 'svd', knee: 60 },
  { method: 'cur-seed', label: 'CUR (column norms)', family: 'cur', knee: 18 },
  { method: 'cur-lineartime', label: 'CUR (LinearTime)', family: 'cur', knee: 8 },
  { method: 'cur-leverage', label: 'CUR (leverage)', family: 'cur', knee: 30 },
] as const;

const LAYERS = [
  { name: 'fc1', rows: 512, cols: 3136 },
  { name: 'fc2', rows: 512, cols: 512 },
  { name: 'fc3', rows: 10, cols: 512 },
];
const FEATURES = 144_712;
const COUNT = 10_000;

export function fakeRows(
  dataset: string,
  { rates = RATES, seeds = [0, 1, 2], protocols = ['posthoc', 'finetuned'] }: FakeOptions = {},
): readonly EvaluationRow[] {
  const top = dataset === 'mnist' ? 0.9932 : 0.7342;
  const baseline = row({
    dataset,
    accuracy: top,
    method: 'baseline',
    label: 'Baseline',
    family: 'baseline',
    protocol: 'baseline',
    rate: null,
    seed: null,
  });
  const control = row({
    ...baseline,
    accuracy: top + 0.0011,
    label: 'Baseline, trained on',
    protocol: 'control',
  });
  return [
    baseline,
    ...(protocols.includes('finetuned') ? [control] : []),
    ...protocols.flatMap((protocol) =>
      METHODS.flatMap(({ knee, ...method }) =>
        rates.flatMap((rate) =>
          (method.family === 'svd' ? seeds.slice(0, 1) : seeds).map((seed) => {
            const name = `${dataset} ${method.method} ${protocol} ${rate}`;
            const reach = knee * (protocol === 'finetuned' ? 2.2 : 1);
            const loss = (top - 0.1) / (1 + (reach / rate) ** 3) / 1.6;
            const noise =
              (unit(`${name} ${seed}`) - 0.5) *
              (0.0006 + 0.25 * loss * (method.family === 'cur' ? 1 : 0));
            const gain = protocol === 'finetuned' ? 0.0012 : 0;
            const exact = rate === 1 && protocol === 'posthoc' ? top : top + gain - loss + noise;
            const accuracy = Math.round(exact * COUNT) / COUNT;
            return row({ dataset, accuracy, ...method, protocol, rate, seed });
          }),
        ),
      ),
    ),
  ];
}

type Varied = Pick<
  EvaluationRow,
  'dataset' | 'accuracy' | 'method' | 'label' | 'family' | 'protocol' | 'rate' | 'seed'
>;

function row(varied: Varied): EvaluationRow {
  const layers = LAYERS.map((layer) => fakeLayer(layer, varied));
  const classifier = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  const full = LAYERS.reduce((sum, { rows, cols }) => sum + rows * (cols + 1), 0);
  return {
    ...varied,
    model: 'VGG-11 w0.125',
    loss: 4 * (1 - varied.accuracy) + 0.02,
    agreement: varied.protocol === 'baseline' ? null : Math.min(1, varied.accuracy + 0.004),
    count: COUNT,
    parameters: { features: FEATURES, classifier, total: FEATURES + classifier },
    compression: {
      nominal: varied.rate,
      classifier: full / classifier,
      total: (FEATURES + full) / (FEATURES + classifier),
    },
    layers,
  };
}

function fakeLayer(
  { name, rows, cols }: (typeof LAYERS)[number],
  { family, method, rate }: Varied,
): LayerRow {
  const isKept = rate === null || name === 'fc3';
  if (isKept) {
    return {
      name,
      rows,
      cols,
      rank: null,
      parameters: rows * (cols + 1),
      relativeError: null,
      optimalError: null,
    };
  }
  const exact = (rows * cols) / (rate * (rows + cols));
  const rank = Math.max(1, family === 'svd' ? Math.ceil(exact) : Math.round(exact));
  const optimalError = Math.exp(-rank / 60);
  const excess =
    family === 'svd' ? 1 : method === 'cur-leverage' ? 1.22 : method === 'cur-seed' ? 1.45 : 3.1;
  const parameters = rank * (rows + cols) + rows;
  return { name, rows, cols, rank, parameters, relativeError: optimalError * excess, optimalError };
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

/** FNV-1a, as a number from 0 to 1. */
function unit(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  // The low bits vary most.
  return (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0) / 2 ** 32;
}

function digest(text: string): string {
  return Array.from({ length: 8 }, (_, i) =>
    Math.floor(unit(`${text} ${i}`) * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
}
