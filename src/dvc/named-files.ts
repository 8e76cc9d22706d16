/**
 * Finds files that a command uses without declaring them. DVC runs commands in the project; here a command sees only
 * declared files.
 */
import { joinPath, outsideReason } from './path.ts';
import type { ProjectFolder } from './project-folder.ts';

export interface NamedFile {
  /** The path as the command names it, with variables. */
  readonly written: string;
  readonly path: string;
  /** It follows a `>`, so the command writes it. */
  readonly isWritten: boolean;
}

export interface CommandText {
  /** The command in pipeline.yaml. */
  readonly written: string;
  readonly wdir: string;
  /** Replaces the variables in a text by their values. */
  readonly read: (written: string) => string;
}

/** Quoted texts, `2>&1`, `>`, words; `${...}` is part of a word. */
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

/** A word, the part after its `=`, and the file of a Python module after `-m`. */
function candidates(word: string, module: boolean): string[] {
  if (module)
    return [`${word.replaceAll('.', '/')}.py`, `${word.replaceAll('.', '/')}/__main__.py`];
  const equals = word.indexOf('=');
  return equals > 0 ? [word, word.slice(equals + 1)] : [word];
}
