/** Writes a path of dvc.yaml for pipeline.yaml: relative to the pipeline's folder, with variables. */
import { joinPath } from './path.ts';
import type { DvcPath } from './stage-reader.ts';
import { escaped, type Writing, writtenPieces } from './text.ts';

export function writePath(path: DvcPath, writing: Writing): string {
  const wdir = path.wdir ? writtenPieces(path.wdir, writing) : [];
  const own = writtenPieces(path.text, writing);
  const join = (part: 'written' | 'text'): string =>
    joinPath(wdir.map((one) => one[part]).join(''), own.map((one) => one[part]).join(''));
  const live = join('written');
  // A value that contains `/` or `..` can change the whole path.
  const references = [...wdir, ...own].filter(({ written }) => written.includes('${'));
  references.sort((a, b) => b.written.length - a.written.length);
  const read = references.reduce((text, one) => text.replaceAll(one.written, () => one.text), live);
  return read === path.path ? live : escaped(path.path);
}

/** The parent folder with as many steps as `folder`, written with variables. */
export function writeFolder(path: DvcPath, folder: string, writing: Writing): string {
  const live = writePath(path, writing);
  const steps = live.split('/');
  if (steps.length !== path.path.split('/').length) return escaped(folder);
  return steps.slice(0, folder.split('/').length).join('/');
}
