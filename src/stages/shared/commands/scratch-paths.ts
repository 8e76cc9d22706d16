/** Decides which files in the folder of a command are scratch: they may be written, and are deleted afterwards. */
import picomatch from 'picomatch';

/** Files that common tools leave behind. */
const ALWAYS_SCRATCH: readonly string[] = [
  '**/__pycache__',
  '**/.pytest_cache',
  '**/.ipynb_checkpoints',
];

/** `**` also matches hidden files. "!" and round brackets in a pattern are literal, because file names may contain them. */
const OPTIONS = { dot: true, nonegate: true, noextglob: true } as const;

export function scratchMatcher(given: readonly string[]): (path: string) => boolean {
  const patterns = [...ALWAYS_SCRATCH, ...given].map((pattern) =>
    pattern.replace(/^(\.\/)+|\/+$/g, ''),
  );
  // A pattern also matches itself as a path: file names may contain any character.
  const paths = new Set(patterns);
  const globs = patterns.map((pattern) => picomatch(pattern.replace(/[()|]/g, '\\$&'), OPTIONS));
  return (path) => paths.has(path) || globs.some((matches) => matches(path));
}
