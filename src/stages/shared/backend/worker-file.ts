/**
 * The file of the processes that run stages, for stages that need another process. The entry sets it, because only the
 * entry knows the name that the build gave it.
 */
let file: string | undefined;

export function setWorkerFile(path: string): void {
  file = path;
}

export function workerFile(): string {
  if (file === undefined) throw new Error('the entry has not set the file of the worker');
  return file;
}
