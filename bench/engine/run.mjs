/**
 * Compares the engine with DVC, Snakemake, wireit, make and ninja on the same DAGs, in one run.
 *
 *   node bench/engine/run.mjs --venv FOLDER [--write]       all options: --help
 *
 * bench/README.md describes the measurements.
 */
import { pathToFileURL } from 'node:url';
import { build } from '../../scripts/build.mjs';
import { bundled } from '../bundled.mjs';

await build();
const { benchmark } = await import(pathToFileURL(await bundled('engine/benchmark.ts')).href);
process.exitCode = await benchmark(process.argv.slice(2), {
  library: await bundled('engine/library.ts'),
  largeFile: await bundled('engine/large-file.ts'),
});
