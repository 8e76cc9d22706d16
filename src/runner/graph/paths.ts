/** Paths that a document declares: relative to a folder, inside it, with '/'. */
import { type Axes, axesName } from './pipeline.ts';

/** What is wrong with a path, as the end of a sentence that begins with it. */
export function pathFault(path: string): string | undefined {
  if (path === '' || path === '.') return 'is no path';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'must be relative';
  if (path.includes('\\')) return 'must be written with "/"';
  const steps = path.split('/');
  if (steps.includes('..')) return 'leads out of the folder';
  if (steps.some((step) => step === '' || step === '.')) return 'has a step without a name';
  if (/[\0\n]/.test(path)) return 'holds a sign that no path can';
  return undefined;
}

/** Where one of several artifacts of a command's input lies. */
export function folderPort(name: string, stage: string, axes: Axes): string {
  return [name, stage, axes.size > 0 ? axesName(axes) : ''].filter(Boolean).join('/');
}
