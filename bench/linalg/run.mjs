/**
 * The SVD of a layer beside PyTorch's, and the selections of columns from it, in one run.
 *
 *   node bench/linalg/run.mjs --python PATH [--write]       all options: --help
 *
 * bench/README.md says what is measured and how.
 */
import { pathToFileURL } from 'node:url';
import { bundled } from '../bundled.mjs';

const { benchmark } = await import(pathToFileURL(await bundled('linalg/benchmark.ts')).href);
process.exitCode = await benchmark(process.argv.slice(2), {
  ours: await bundled('linalg/ours.ts'),
});
