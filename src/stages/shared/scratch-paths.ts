/** Which files of a command's folder are scratch: they may be written, and are thrown away. */
import picomatch from 'picomatch';

/** Traces of common tools. */
const ALWAYS_SCRATCH: readonly string[] = [
  '**/__pycache__',
  '**/.pytest_cache',
  '**/.ipynb_checkpoints',
];

/** `**` also matches hidden files. A "!" or a round bracket in a pattern stands for itself, as in a file's name. */
const OPTIONS = { dot: true, nonegate: true, noextglob: true } as const;

export function scratchMatcher(given: readonly string[]): (path: string) => boolean {
  const patterns = [...ALWAYS_SCRATCH, ...given].map((pattern) =>
    pattern.replace(/^(\.\/)+|\/+$/g, ''),
  );
  // A pattern is also the path that it spells: names of files may hold any character.
  const paths = new Set(patterns);
  const globs = patterns.map((pattern) => picomatch(pattern.replace(/[()|]/g, '\\$&'), OPTIONS));
  return (path) => paths.has(path) || globs.some((matches) => matches(path));
}
