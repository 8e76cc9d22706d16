/**
 * Compares the SVD of a layer with PyTorch's, and times selections of columns from it, in one run.
 *
 *   node bench/linalg/run.mjs --python PATH [--write]       all options: --help
 *
 * bench/README.md describes the measurements.
 */
import { pathToFileURL } from 'node:url';
import { bundled } from '../bundled.mjs';

const { benchmark } = await import(pathToFileURL(await bundled('linalg/benchmark.ts')).href);
process.exitCode = await benchmark(process.argv.slice(2), {
  ours: await bundled('linalg/ours.ts'),
});
