/** Paths in a document. They are relative to a folder, inside it, and written with '/'. */
import { type Axes, axesName } from './pipeline.ts';

/** The problem with a path, as the end of a sentence that begins with the path. */
export function pathFault(path: string): string | undefined {
  if (path === '' || path === '.') return 'is not a path';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'must be relative';
  if (path.includes('\\')) return 'must be written with "/"';
  const steps = path.split('/');
  if (steps.includes('..')) return 'leads out of the folder';
  if (steps.some((step) => step === '' || step === '.')) return 'has an empty or "." segment';
  if (/[\0\n]/.test(path)) return 'contains a character that is not allowed in a path';
  return undefined;
}

/** The path of one of several artifacts of an input of a command. */
export function folderPort(name: string, stage: string, axes: Axes): string {
  return [name, stage, axes.size > 0 ? axesName(axes) : ''].filter(Boolean).join('/');
}
