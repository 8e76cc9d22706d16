/**
 * The built program as a package would contain it, in its own folder. Without sources next to it, it is not rebuilt if
 * someone edits them.
 */
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Copies it to `folder`, and returns the path of its `main.js`. */
export function installProgram(folder: string): string {
  const dist = join(folder, 'dist');
  mkdirSync(folder, { recursive: true });
  const wanted = (path: string): boolean => !path.includes('/.bench-');
  cpSync(resolve('dist'), dist, { recursive: true, filter: wanted, preserveTimestamps: true });
  const packages = join(folder, 'node_modules');
  if (!existsSync(packages)) symlinkSync(resolve('node_modules'), packages);
  cpSync(resolve('package.json'), join(folder, 'package.json'));
  return join(dist, 'main.js');
}
