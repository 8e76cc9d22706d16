/** A project folder in memory: a map from paths to texts. */
import type { ProjectFolder } from '../../src/dvc/project-folder.ts';

export function memoryFolder(files: ReadonlyMap<string, string>): ProjectFolder {
  const beginOf = (folder: string): string => (folder === '.' ? '' : `${folder}/`);
  const inside = (folder: string): string[] =>
    [...files.keys()].filter((path) => path.startsWith(beginOf(folder)));
  return {
    read: (path) => {
      const text = files.get(path);
      return text === undefined ? undefined : { path, text };
    },
    kind: (path) => (files.has(path) ? 'file' : inside(path).length > 0 ? 'folder' : undefined),
    list: (path) => {
      const names = inside(path).map((one) => one.slice(beginOf(path).length).split('/')[0]!);
      return [...new Set(names)].sort();
    },
  };
}
