/**
 * The folder in which this process looks for what `pipeline backend install` made. The edge of a process
 * tells it once, since only an edge knows the environment. Loads no tfjs.
 */
let folder: string | undefined;

export function takeBackendsFrom(userFolder: string): void {
  folder = userFolder;
}

/** Undefined where only the packages beside the program count. */
export function folderOfMade(): string | undefined {
  return folder;
}
