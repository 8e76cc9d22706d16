/**
 * What of the last build still stands: what was made of sources that are as they were. A change of one file
 * then makes again only the bundles and digests that have it in them, to the same bytes as a whole build.
 *
 * In doubt nothing stands: where a file came or went (it can change what an import means), and where the
 * packages, the configuration or these scripts changed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const NOTHING = { part: () => undefined, code: () => undefined, evidence: () => undefined };

/** `inputs`: path -> what a stat says of it now. */
export function lastBuild(dist, inputs) {
  const record = readRecord(dist);
  if (!record?.made) return NOTHING;
  const paths = Object.keys(inputs);
  if (JSON.stringify(paths) !== JSON.stringify(Object.keys(record.inputs))) return NOTHING;
  const isChanged = paths.map(
    (path) => JSON.stringify(inputs[path]) !== JSON.stringify(record.inputs[path]),
  );
  if (paths.some((path, i) => isChanged[i] && !path.startsWith('src/'))) return NOTHING;
  const stands = (from) => from !== undefined && !from.some((i) => isChanged[i]);
  const evidences = new Map(
    Object.values(record.codes).flatMap(({ files }) => Object.entries(files)),
  );
  return {
    /** A bundle's files and what it was made of. */
    part: (name) => {
      const part = record.made.parts[name];
      const isThere = part?.files.every((file) => existsSync(join(dist, file)));
      return isThere && stands(part.from) ? part : undefined;
    },
    /** A stage type's digest, where the program that makes digests is the same. */
    code: (name, digester) => {
      const from = record.made.stages[name];
      return record.made.digester === digester && stands(from)
        ? { code: record.codes[name], from }
        : undefined;
    },
    /** Of a source file, where the program that makes it is the same. */
    evidence: (path, digester) =>
      record.made.digester === digester && stands([paths.indexOf(path)])
        ? evidences.get(path)
        : undefined,
  };
}

function readRecord(dist) {
  try {
    return JSON.parse(readFileSync(join(dist, 'build.json'), 'utf8'));
  } catch {
    return undefined;
  }
}
