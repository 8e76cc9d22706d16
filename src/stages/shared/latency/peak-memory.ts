/** The memory of this process. */
import { readText } from '../../../base/read-file.ts';
import { unlessAbsent } from '../../../base/system-error.ts';

/** Bytes that are resident now. */
export function memoryNow(): number {
  return process.memoryUsage.rss();
}

/**
 * The most bytes that were resident. On Linux, `maxRSS` also counts the process that started this one, so the kernel's
 * own file about the process is read.
 */
export function peakMemory(): number {
  const status =
    process.platform === 'linux' ? unlessAbsent(() => readText('/proc/self/status')) : undefined;
  const kibibytes =
    /^VmHWM:\s*(\d+) kB$/m.exec(status ?? '')?.[1] ?? process.resourceUsage().maxRSS;
  return 1024 * Number(kibibytes);
}
