/**
 * The folder in which this process searches for backends installed by `pipeline backend install`. The entry of a
 * process sets it once, because only an entry reads the environment. Loads no tfjs.
 */
let folder: string | undefined;

export function setInstallLocation(userFolder: string): void {
  folder = userFolder;
}

/** Undefined if only packages next to the program count. */
export function installLocation(): string | undefined {
  return folder;
}
