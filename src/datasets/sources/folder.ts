/** The user's folder: the files, the files compressed with gzip, or the known archive. */
import { constants, copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ExpectedError } from '../../base/expected-error.ts';
import type { Acquisition } from './acquisition.ts';
import { gunzipFile } from './gunzip-file.ts';
import { unpackChecked } from './tar-archive.ts';

export async function fromFolder(
  { path }: { readonly path: string },
  acquisition: Acquisition,
): Promise<void> {
  const { facts, into, report } = acquisition;
  if (!existsSync(path)) throw new ExpectedError('the folder does not exist');
  for (const source of facts.sources) {
    if (source.kind !== 'tar-gzip') continue;
    const archive = join(path, basename(source.url));
    if (existsSync(archive)) return unpackChecked(archive, source, acquisition);
  }
  for (const { name, sha256 } of facts.files) {
    const plain = join(path, name);
    if (existsSync(plain)) copyFileSync(plain, join(into, name), constants.COPYFILE_FICLONE);
    else if (existsSync(`${plain}.gz`)) writeFileSync(join(into, name), gunzipFile(`${plain}.gz`));
    if (sha256 === null) report(`${name} from ${path} is not checked: its digest is not known`);
  }
}
