/** One compressed archive with all files, checked by its sha256. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ExpectedError } from '../../base/expected-error.ts';
import type { DatasetSource } from '../catalog.ts';
import type { Acquisition } from './acquisition.ts';
import { fetchFile } from './fetch-file.ts';
import { unpackTar } from './unpack-tar.ts';

type TarSource = Extract<DatasetSource, { kind: 'tar-gzip' }>;

export async function fromTarArchive(source: TarSource, acquisition: Acquisition): Promise<void> {
  const { scratch, signal, progress } = acquisition;
  const archive = join(scratch, basename(source.url));
  if (!existsSync(archive)) {
    await fetchFile(source.url, archive, {
      signal,
      onProgress: (received, total) =>
        progress(total && received / total, `${Math.round(received / 1e6)} MB`),
    });
  }
  try {
    await unpackChecked(archive, source, acquisition);
  } finally {
    rmSync(archive, { force: true });
  }
}

/** Unpacks the data set's files, if the archive is the known one. */
export async function unpackChecked(
  archive: string,
  { sha256, folder }: TarSource,
  { facts, into }: Acquisition,
): Promise<void> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(archive)) hash.update(piece as Uint8Array);
  const found = hash.digest('hex');
  if (found !== sha256) {
    throw new ExpectedError(
      `the archive has sha256 ${found.slice(0, 12)}..., not ${sha256.slice(0, 12)}...; refused`,
    );
  }
  const wanted = new Set(facts.files.map((file) => `${folder}/${file.name}`));
  await unpackTar(archive, into, folder.split('/').length, (path) =>
    wanted.has(path.replace(/^\.\//, '')),
  );
}
