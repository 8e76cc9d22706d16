/**
 * Checks what must hold under kills, damage, power cuts, failing calls and floods.
 *
 *   node bench/robust/run.mjs kills --count 200       runs killed at random times
 *   node bench/robust/run.mjs concurrent --count 8    this many runs at once in one folder
 *   node bench/robust/run.mjs mutations --count 10000 this many broken pipelines
 *   node bench/robust/run.mjs calls --count 300       system calls that fail, one per command (needs strace)
 *   node bench/robust/run.mjs clocks --count 50       clocks that differ and jump
 *   node bench/robust/run.mjs namespaces --count 20   runs and gc in two pid namespaces with one host name
 *   node bench/robust/run.mjs flood --bytes 5000000000   a command that prints this many bytes
 *   node bench/robust/run.mjs corruptions --count 2000 this many damaged files
 *   node bench/robust/run.mjs power-cuts --count 100  this many power cuts
 *   --seed 1      selects other kills and mutations   --root FOLDER   for temporary files
 */
import { pathToFileURL } from 'node:url';
import { build } from '../../scripts/build.mjs';
import { bundled } from '../bundled.mjs';

await build();
const { check } = await import(pathToFileURL(await bundled('robust/check.ts')).href);
process.exitCode = await check(process.argv.slice(2));
