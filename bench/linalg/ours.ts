/**
 * Measures one backend in its own process, so that its peak memory is measured too.
 *
 *   node ours.mjs LAYER_FILE ROWS COLS RANK BACKEND THREADS SAMPLES        prints one line of JSON
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { relativeError } from '../../src/linalg/errors.ts';
import { factorizeLayer, type LayerFactors } from '../../src/linalg/factors.ts';
import { type Matrix, transpose } from '../../src/linalg/matrix.ts';
import { scaleRows } from '../../src/linalg/scale.ts';
import { setInstallLocation } from '../../src/nn/backends/install-location.ts';
import type { BackendName } from '../../src/nn/backends/names.ts';
import { startBackend } from '../../src/nn/backends/start.ts';
import { userFolder } from '../../src/nn/backends/user-folder.ts';
import { backendProducts } from '../../src/nn/products.ts';
import { timeSelections } from './selections.ts';

const [file, rows, cols, rank, name, threads, samples] = process.argv.slice(2);
const layer = read(file!, Number(rows), Number(cols));
const k = Number(rank);
const RATES = 40;
setInstallLocation(userFolder(process.env, homedir()));
const backend = await startBackend(name as BackendName, { threads: Number(threads) });
const options = { rank: k, products: backendProducts };

// The first call of a backend's kernels is not counted.
const corner = { rows: 1024, cols: 1024, data: layer.data.subarray(0, 1024 ** 2) };
factorizeLayer(corner, { ...options, rank: 40 });
let factors: LayerFactors | undefined;
const seconds: number[] = [];
for (let i = 0; i < Number(samples); i++) {
  seconds.push(timed(() => (factors = factorizeLayer(layer, options))));
}
const peakBytes = process.resourceUsage().maxRSS * 1024;
const known = factors!;
const rates = timed(() => {
  for (let i = 0; i < RATES; i++) product(known, Math.max(1, Math.round((k * (i + 1)) / RATES)));
});
const oneRate = timed(() => product(known, k));
const [left, right] = product(known, k);
const result = {
  backend: `${backend.name} ${backend.version}`,
  seconds,
  peakBytes,
  oneRate,
  rates,
  selections: timeSelections(layer, known, k),
  relativeError: relativeError(layer, left, right),
};
console.log(JSON.stringify(result));
process.exit();

/** The two factors of a compressed layer, as the method `svd` cuts them. */
function product(of: LayerFactors, at: number): [Matrix, Matrix] {
  return [transpose(of.ut(at)), scaleRows(of.vt(at), of.s)];
}

function timed(work: () => unknown): number {
  const from = performance.now();
  work();
  return (performance.now() - from) / 1000;
}

function read(path: string, m: number, n: number): Matrix {
  const bytes = readFileSync(path);
  return { rows: m, cols: n, data: new Float32Array(bytes.buffer, bytes.byteOffset, m * n) };
}
