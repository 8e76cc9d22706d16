/**
 * The cost of one method on one layer, in its own process so that its peak memory is measured too:
 *
 *   node cost-of-one.mjs METHOD ROWS COLS RANK        prints one line of JSON
 *
 * METHOD is a compression method, or `factors` for the part that several methods share.
 */
import { relativeError } from '../../src/linalg/errors.ts';
import { factorizeLayer, type LayerFactors } from '../../src/linalg/factors.ts';
import { compressionMethods } from '../../src/linalg/methods/index.ts';
import { multiply } from '../../src/linalg/multiply.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { layerStatistics } from '../../src/linalg/statistics.ts';
import { startBackend } from '../../src/nn/backends/start.ts';
import { backendProducts } from '../../src/nn/products.ts';
import { knownLayer } from './layer.ts';

const [name, ...numbers] = process.argv.slice(2);
const [rows, cols, rank] = numbers.map(Number) as [number, number, number];
const layer = knownLayer(rows, cols);
await startBackend('wasm');
const base = process.resourceUsage().maxRSS;
const began = performance.now();
const factors = factorizeLayer(layer, { rank: rank + 1, products: backendProducts });
const factorSeconds = seconds(began);
let peak = process.resourceUsage().maxRSS;
if (name === 'factors') {
  say({ seconds: factorSeconds, megabytes: ((peak - base) * 1024) / 1e6, reads: ['A'] });
} else {
  const method = compressionMethods.find((one) => one.name === name)!;
  const reads = new Set<string>();
  const noted = <T>(what: string, value: T): T => {
    reads.add(what);
    return value;
  };
  const watched: LayerFactors = {
    ...factors,
    ut: (k) => noted('U', factors.ut(k)),
    vt: (k) => noted('V', factors.vt(k)),
    get squaredColumnNorms() {
      return noted('norms', factors.squaredColumnNorms);
    },
    get squaredRowNorms() {
      return noted('norms', factors.squaredRowNorms);
    },
  };
  const statistics = method.needsStatistics ? layerStatistics(layer, inputs()) : undefined;
  peak = process.resourceUsage().maxRSS;
  const started = performance.now();
  const result = method.compress(
    { weight: () => noted('A', layer), factors: watched, ...(statistics && { statistics }) },
    rank,
    randomStream(0, 'cost'),
  );
  const took = seconds(started);
  const megabytes = ((process.resourceUsage().maxRSS - peak) * 1024) / 1e6;
  const left = result.core ? multiply(result.left, result.core) : result.left;
  const error = relativeError(layer, left, result.right);
  say({ seconds: took, megabytes, reads: [...reads].sort(), error, rank: result.rank });
}
process.exit(0);

/** Inputs of the layer for twice as many images as it has outputs. */
function inputs() {
  const random = randomStream(2, 'inputs');
  const data = Float32Array.from({ length: 2 * rows * cols }, () => Math.max(0, random.normal()));
  return { rows: 2 * rows, cols, data };
}

function seconds(from: number): number {
  return (performance.now() - from) / 1000;
}

function say(result: object): void {
  process.stdout.write(`\n${JSON.stringify(result)}\n`);
}
