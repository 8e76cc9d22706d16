import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { unlessRefused } from './system-error.ts';

/** The path of a program that the variable `PATH` leads to. An empty entry is the current folder. */
export function programOnPath(name: string, path: string): string | undefined {
  const candidates = path.split(delimiter).map((folder) => join(folder || '.', name));
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  // An entry may be anything.
  const found = unlessRefused(() => {
    accessSync(path, constants.X_OK);
    return true;
  });
  return found ?? false;
}
