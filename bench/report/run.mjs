/** Measures how long a report takes after a change of its style. `--help` lists the options. */
import { pathToFileURL } from 'node:url';
import { build } from '../../scripts/build.mjs';
import { bundled } from '../bundled.mjs';

await build();
const { main } = await import(pathToFileURL(await bundled('report/benchmark.ts')).href);
process.exitCode = main(process.argv.slice(2));
