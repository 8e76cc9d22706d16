/**
 * Finds the modules of the project that a Python program imports. DVC runs programs in the project; here a command
 * sees only declared files. It looks only at lines that begin with `import` or `from`.
 */
import { posix } from 'node:path';
import { isWithin, joinPath, outsideReason } from './path.ts';
import type { ProjectFolder } from './project-folder.ts';

export interface ImportedModule {
  /** A file, or the folder of a package. */
  readonly path: string;
  readonly by: string;
}

/** The modules that the programs among `paths` import, directly and indirectly. */
export function importedModules(
  paths: readonly string[],
  folder: ProjectFolder,
): readonly ImportedModule[] {
  const found: ImportedModule[] = [];
  const open = paths.flatMap((path) => programs(path, folder));
  const seen = new Set(open);
  for (let by = open.shift(); by !== undefined; by = open.shift()) {
    for (const path of importsOf(by, folder)) {
      const isThere = [...paths, ...found.map((one) => one.path)].some((one) =>
        isWithin(path, one),
      );
      if (isThere) continue;
      found.push({ path, by });
      for (const program of programs(path, folder)) {
        if (!seen.has(program)) open.push(program);
        seen.add(program);
      }
    }
  }
  return found;
}

function programs(path: string, folder: ProjectFolder): string[] {
  if (folder.kind(path) === 'file') return path.endsWith('.py') ? [path] : [];
  const inside = folder.list(path).filter((name) => name.endsWith('.py'));
  return inside.map((name) => `${path}/${name}`);
}

const IMPORT =
  /^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t(]+([\w, \t]+)|import[ \t]+([\w., \t]+))/gm;

function importsOf(program: string, folder: ProjectFolder): string[] {
  const text = folder.read(program)?.text ?? '';
  const here = posix.dirname(program);
  return [...text.matchAll(IMPORT)].flatMap(([, dots = '', from = '', names = '', modules]) => {
    if (modules !== undefined) {
      return listed(modules).flatMap((module) => locate(module, [here, ''], folder));
    }
    if (dots === '') return locate(from, [here, ''], folder);
    const base = joinPath(here, '../'.repeat(dots.length - 1));
    return (from === '' ? listed(names) : [from]).flatMap((one) => locate(one, [base], folder));
  });
}

function listed(names: string): string[] {
  return names.split(',').map((one) => one.trim().split(/\s/)[0]!);
}

/** A package is taken as a whole, because its modules import each other. */
function locate(module: string, places: readonly string[], folder: ProjectFolder): string[] {
  const first = module.split('.')[0]!;
  if (first === '') return [];
  for (const place of places) {
    const path = joinPath(place, first);
    if (outsideReason(path) !== undefined) continue;
    if (folder.kind(`${path}.py`) === 'file') return [`${path}.py`];
    if (folder.kind(path) === 'folder' && programs(path, folder).length > 0) return [path];
  }
  return [];
}
