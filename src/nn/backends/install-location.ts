/**
 * The folder in which this process looks for backends that `pipeline backend install` made. The entry of a process
 * sets it once, because only an entry reads the environment. Loads no tfjs.
 */
let folder: string | undefined;

export function setInstallLocation(userFolder: string): void {
  folder = userFolder;
}

/** Undefined where only the packages beside the program count. */
export function installLocation(): string | undefined {
  return folder;
}
