/** The machine of the measurements. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly system: string;
  readonly fileSystem: string;
  readonly node: string;
  /** Of the last minute. On a busy machine the numbers mean little. */
  readonly load: number;
}

/** `root` is a folder on the disk that is used. */
export function describeMachine(root: string): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release().split('-')[0]}`,
    fileSystem: fileSystemOf(root),
    node: process.version,
    load: loadavg()[0]!,
  };
}

function fileSystemOf(root: string): string {
  try {
    return execFileSync('df', ['--output=fstype', root], { encoding: 'utf8' })
      .split('\n')[1]!
      .trim();
  } catch {
    return 'unknown';
  }
}
