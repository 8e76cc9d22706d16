/**
 * What must hold however rudely the program is treated.
 *
 *   node bench/robust/run.mjs kills --count 200       killed at random times, again and again
 *   node bench/robust/run.mjs together --count 8      so many runs at once on one folder
 *   node bench/robust/run.mjs mutations --count 10000 so many broken pipelines
 *   node bench/robust/run.mjs calls --count 300       system calls that fail, one per command (needs strace)
 *   node bench/robust/run.mjs clocks --count 50       clocks that differ and jump
 *   node bench/robust/run.mjs namespaces --count 20   runs and gc in two pid namespaces with one host name
 *   node bench/robust/run.mjs flood --bytes 5000000000   a command that prints so many bytes
 *   node bench/robust/run.mjs corruptions --count 2000 so many damaged files
 *   node bench/robust/run.mjs power-cuts --count 100  so many power cuts
 *   --seed 1      other kills, other mutations        --root FOLDER   where it works
 */
import { pathToFileURL } from 'node:url';
import { build } from '../../scripts/build.mjs';
import { bundled } from '../bundled.mjs';

await build();
const { check } = await import(pathToFileURL(await bundled('robust/check.ts')).href);
process.exitCode = await check(process.argv.slice(2));
