/**
 * Compares training and inference of VGG-11 with PyTorch on the CPU, in one run.
 *
 *   node bench/nn/run.mjs --python PATH [--write]       all options: --help
 *
 * bench/README.md describes the measurements.
 */
import { pathToFileURL } from 'node:url';
import { bundled } from '../bundled.mjs';

const { benchmark } = await import(pathToFileURL(await bundled('nn/benchmark.ts')).href);
process.exitCode = await benchmark(process.argv.slice(2), { ours: await bundled('nn/ours.ts') });
