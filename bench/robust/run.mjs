/** Checks what must hold under kills, damage, power cuts, failing calls and floods. `--help` lists the checks. */
import { pathToFileURL } from 'node:url';
import { build } from '../../scripts/build.mjs';
import { bundled } from '../bundled.mjs';

await build();
const { check } = await import(pathToFileURL(await bundled('robust/check.ts')).href);
process.exitCode = await check(process.argv.slice(2));
