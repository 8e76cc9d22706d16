/**
 * Bundles a TypeScript file of this folder, so that Node can run it. Packages are not bundled.
 *
 * The bundle is in `dist/` during its use, because Git ignores that folder and packages are found from there.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const dist = new URL('../dist/', import.meta.url);

/** `entry` is relative to `bench/`. The bundle is removed when this process ends. */
export async function bundled(entry) {
  const name = entry.replaceAll('/', '-').replace(/\.ts$/, '');
  mkdirSync(dist, { recursive: true });
  const outfile = fileURLToPath(new URL(`.bench-${name}.${process.pid}.mjs`, dist));
  await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  process.on('exit', () => rmSync(outfile, { force: true }));
  return outfile;
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
