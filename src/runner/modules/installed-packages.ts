/**
 * The versions of installed packages in the form of npm's lock file, where no such file tells them: a
 * project may have been installed by another tool. Reads what is on the disk, as Node would find it.
 */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseJson } from '../../base/json-text.ts';
import { unlessAbsent } from '../../base/system-error.ts';

export interface InstalledPackages {
  /** As npm's lock file has it. */
  readonly text: string;
  /** The descriptions that were read: a change of one is a change of the text. */
  readonly files: readonly string[];
}

interface Description {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Of these packages and all that they need; what is not there is left out. */
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

/** In the folder of the one that asks, then in those above it; Node's own are nowhere. */
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
