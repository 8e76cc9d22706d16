/** Runs pipelines on a real Slurm cluster, and breaks it. `--help` lists the scenarios. */
import { pathToFileURL } from 'node:url';
import { build } from '../../scripts/build.mjs';
import { bundled } from '../bundled.mjs';

await build();
const { check } = await import(pathToFileURL(await bundled('cluster/check.ts')).href);
process.exitCode = await check(process.argv.slice(2));
