/** Measures push and pull with real servers. `--help` lists the options. */
import { pathToFileURL } from 'node:url';
import { build } from '../../scripts/build.mjs';
import { bundled } from '../bundled.mjs';

await build();
const { main } = await import(pathToFileURL(await bundled('remote/benchmark.ts')).href);
process.exitCode = await main(process.argv.slice(2));
