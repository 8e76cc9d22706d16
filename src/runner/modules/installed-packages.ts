/**
 * The versions of installed packages, in the format of npm's lock file, for projects without such a file (another
 * tool may have installed the packages). Finds packages on disk in the same way as Node.
 */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseJson } from '../../base/json-text.ts';
import { unlessAbsent } from '../../base/system-error.ts';

export interface InstalledPackages {
  /** In the format of npm's lock file. */
  readonly text: string;
  /** The `package.json` files that were read. If one of them changes, the text changes. */
  readonly files: readonly string[];
}

interface Description {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Covers these packages and all their dependencies. Missing packages are left out. */
export function installedPackages(names: readonly string[], root: string): InstalledPackages {
  const packages: Record<string, Description> = {};
  const files: string[] = [];
  const open = names.map((name) => ({ name, folder: root, place: '' }));
  for (let next = open.pop(); next; next = open.pop()) {
    const place = `${next.place && `${next.place}/`}node_modules/${next.name}`;
    const found = describe(next.name, next.folder);
    if (!found || files.includes(found.file)) continue;
    files.push(found.file);
    const { version = '', dependencies = {} } = found.description;
    packages[place] = { version, dependencies };
    const folder = dirname(found.file);
    for (const name of Object.keys(dependencies)) open.push({ name, folder, place });
  }
  return { text: JSON.stringify({ packages }), files };
}

/** Looks in the folder of the importing package, then in its parent folders. Built-in modules are not found. */
function describe(
  name: string,
  from: string,
): { readonly file: string; readonly description: Description } | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, 'node_modules', name, 'package.json');
    const text = unlessAbsent(() => readFileSync(file, 'utf8'));
    if (text !== undefined) return { file, description: (parseJson(text) ?? {}) as Description };
    if (folder === dirname(folder)) return undefined;
  }
}
