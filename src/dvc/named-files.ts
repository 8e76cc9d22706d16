/**
 * Finds files that a command uses without declaring them. DVC runs commands in the project; here a command sees only
 * declared files.
 */
import { joinPath, outsideReason } from './path.ts';
import type { ProjectFolder } from './project-folder.ts';

export interface NamedFile {
  /** As the command writes it, variables kept. */
  readonly written: string;
  readonly path: string;
  /** It stands behind a `>`: the command writes it. */
  readonly isWritten: boolean;
}

export interface CommandText {
  /** As it stands in pipeline.yaml. */
  readonly written: string;
  readonly wdir: string;
  /** What a text with variables stands for. */
  readonly read: (written: string) => string;
}

/** Quoted texts, `2>&1`, `>`, words; `${...}` is a part of its word. */
const WORDS = /'([^']*)'|"([^"]*)"|>&\S*|(>>?)|((?:\$\{[^}]*\}|[^\s;|&()<>'"])+)/g;

export function namedFiles(command: CommandText, folder: ProjectFolder): readonly NamedFile[] {
  const found = new Map<string, NamedFile>();
  let before = '';
  let module = false;
  for (const match of command.written.matchAll(WORDS)) {
    const word = match[1] ?? match[2] ?? match[4];
    const isWritten = before === '>';
    before = match[3] ? '>' : '';
    if (word === undefined) continue;
    for (const candidate of candidates(word, module)) {
      const path = joinPath(command.wdir, command.read(candidate));
      if (found.has(path) || outsideReason(path) !== undefined) continue;
      if (isWritten ? /[*?$]/.test(path) : folder.kind(path) !== 'file') continue;
      found.set(path, { written: candidate, path, isWritten });
    }
    module = word === '-m';
  }
  return [...found.values()];
}

/** A word, what stands behind its `=`, and the file of a Python module behind `-m`. */
function candidates(word: string, module: boolean): string[] {
  if (module)
    return [`${word.replaceAll('.', '/')}.py`, `${word.replaceAll('.', '/')}/__main__.py`];
  const equals = word.indexOf('=');
  return equals > 0 ? [word, word.slice(equals + 1)] : [word];
}
