/** The result of one network: the layers of a small VGG-11, their ranks and errors, and what follows from them. */
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import type { LayerRow } from '../../src/nn/model/history.ts';
import { unit } from './fake-numbers.ts';

export const LAYERS = [
  { name: 'fc1', rows: 512, cols: 3136 },
  { name: 'fc2', rows: 512, cols: 512 },
  { name: 'fc3', rows: 10, cols: 512 },
];
const FEATURES = 144_712;

type Varied = Pick<
  EvaluationRow,
  | 'dataset'
  | 'trainingSeed'
  | 'count'
  | 'accuracy'
  | 'method'
  | 'label'
  | 'family'
  | 'protocol'
  | 'rate'
  | 'seed'
>;

export function fakeRow(varied: Varied): EvaluationRow {
  const layers = LAYERS.map((layer) => fakeLayer(layer, varied));
  const classifier = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  const full = LAYERS.reduce((sum, { rows, cols }) => sum + rows * (cols + 1), 0);
  const factored = layers.filter(({ rank }) => rank !== null);
  const before = factored.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
  const after = factored.reduce((sum, { rows, parameters }) => sum + parameters - rows, 0);
  return {
    ...varied,
    model: 'VGG-11 w0.125',
    loss: 4 * (1 - varied.accuracy!) + 0.02,
    agreement: varied.protocol === 'baseline' ? null : Math.min(1, varied.accuracy! + 0.004),
    macs: { features: 9_600_000, classifier, total: 9_600_000 + classifier },
    bytes: 4 * (FEATURES + classifier),
    parameters: { features: FEATURES, classifier, total: FEATURES + classifier },
    compression: {
      ...(factored.length > 0 && { achieved: before / after }),
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
  const usual: Readonly<Record<string, number>> = {
    svd: 1,
    'cur-leverage': 1.22,
    'cur-published': 1.45,
    'cur-lineartime': 3.1,
  };
  const excess = (usual[method] ?? 1.05 + 0.5 * unit(method)) * (1 + 0.002 * (rate - 1));
  const parameters = rank * (rows + cols) + rows;
  return {
    name,
    rows,
    cols,
    rank,
    parameters,
    relativeError: optimalError * (family === 'svd' ? 1 : excess),
    optimalError,
    bound: family === 'svd' ? null : 9 * optimalError,
  };
}
