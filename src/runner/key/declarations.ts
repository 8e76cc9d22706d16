/**
 * The declarations of a source file as evidence: the digest of the file, and a short digest of each top-level
 * declaration, in one line of text. It shows which function has changed. It is not part of any key.
 *
 * It is a text instead of an object, because each record has one for each file of its code, and a plan that
 * reads thousands of records must not parse them. In older stores the text is only the digest of the file.
 */
import { type Digest, digestOf } from './digest.ts';

/** `<digest of the file> name=digest name=digest`. */
export type FileEvidence = string;

/** `printed` is the unminified output of esbuild, in which each top-level statement begins a line. */
export function evidenceOf(file: Digest, printed: string): FileEvidence {
  const texts = new Map<string, string>();
  let current = '';
  for (const line of printed.split('\n')) {
    const name = nameOf(line);
    if (name !== undefined) current = name;
    if (current !== '') texts.set(current, `${texts.get(current) ?? ''}${line}\n`);
  }
  const parts = [...texts].map(([name, text]) => `${name}=${digestOf(text).slice(0, SHORT)}`);
  return [file, ...parts].join(' ');
}

export function isSameFile(a: FileEvidence | undefined, b: FileEvidence | undefined): boolean {
  return a?.slice(0, 64) === b?.slice(0, 64);
}

/** `thinSvd`, `signOf (new)`, `helper (gone)`. Empty if one side has no declarations. */
export function changedDeclarations(
  before: FileEvidence | undefined,
  after: FileEvidence | undefined,
): string[] {
  const [old, now] = [partsOf(before), partsOf(after)];
  if (old.size === 0 || now.size === 0) return [];
  const changed = [...now]
    .filter(([name, digest]) => old.get(name) !== digest)
    .map(([name]) => (old.has(name) ? name : `${name} (new)`));
  const gone = [...old.keys()].filter((name) => !now.has(name)).map((name) => `${name} (gone)`);
  return [...changed, ...gone];
}

/** The number of digits that distinguish two texts of a declaration. */
const SHORT = 8;

const DECLARATION =
  /^(?:export )?(?:default )?(?:async )?(?:function\*?|class|const|let|var) ([\w$]+)/;

/** Undefined for a line that continues the previous statement. */
function nameOf(line: string): string | undefined {
  if (line === '' || /^[\s})\]`]/.test(line)) return undefined;
  const declared = DECLARATION.exec(line)?.[1];
  if (declared !== undefined) return declared;
  if (line.startsWith('import ')) return 'imports';
  // Export lists at the end of a file: their names are declared above, or imported.
  if (/^export (?:\{|\*)/.test(line)) return 'exports';
  return line.startsWith('export default ') ? 'default' : 'statements';
}

function partsOf(evidence: FileEvidence | undefined): Map<string, string> {
  const parts = (evidence ?? '').split(' ').slice(1);
  return new Map(
    parts.map((part) => {
      const equals = part.lastIndexOf('=');
      return [part.slice(0, equals), part.slice(equals + 1)];
    }),
  );
}
