/** Unpacks some files of a tar archive, or lists them. The only importer of tar. */
import { createReadStream } from 'node:fs';
import { extract, Parser } from 'tar';
import { ExpectedError } from '../../base/expected-error.ts';

/** Removes the first `strip` folders from the names. */
export async function unpackTar(
  archive: string,
  into: string,
  strip: number,
  isWanted: (path: string) => boolean,
): Promise<void> {
  let problem: Error | undefined;
  await extract({
    file: archive,
    cwd: into,
    strip,
    filter: isWanted,
    // If a file can't be written, as on a full disk, tar only warns and continues.
    onwarn: (code, message, data) => {
      const failed = code === 'TAR_ENTRY_ERROR' || data instanceof Error;
      if (failed) problem ??= data instanceof Error ? data : new ExpectedError(String(message));
    },
  });
  if (problem) throw problem;
}

/** The names of the files, each without reading the archive further than needed. */
export async function* namesInTar(archive: string): AsyncGenerator<string> {
  let names: string[] = [];
  let problem: Error | undefined;
  const parser = new Parser({
    onReadEntry: (entry) => {
      if (entry.type !== 'Directory') names.push(entry.path.replace(/^(?:\.\/)+/, ''));
      entry.resume();
    },
  });
  parser.on('error', (error: Error) => {
    problem = error;
  });
  const taken = function* (): Generator<string> {
    const some = names;
    names = [];
    yield* some;
    if (problem) throw new ExpectedError(`it can't be unpacked: ${problem.message}`);
  };
  for await (const piece of createReadStream(archive)) {
    parser.write(piece);
    yield* taken();
  }
  parser.end();
  yield* taken();
}
