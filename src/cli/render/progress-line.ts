/** One line that shows how much of a command is done. Only on a terminal; it disappears at the end. */
import { byteSize } from '../../base/units.ts';
import type { Host } from '../host.ts';

export interface ProgressLine {
  /** `more` is written at the end. */
  show(done: number, inAll: number, more?: string): void;
  close(): void;
}

const NOTHING: ProgressLine = { show: () => undefined, close: () => undefined };

/** `textOf` writes an amount; by default a number of bytes. */
export async function progressLine(
  host: Host,
  action: string,
  textOf: (amount: number) => string = byteSize,
): Promise<ProgressLine> {
  if (!host.interactive) return NOTHING;
  const { SingleBar } = await import('./cli-progress.ts');
  const bar = new SingleBar({
    stream: host.stderr as NodeJS.WriteStream,
    format: `${action}  {percentage}%  {done} of {all}{more}`,
    clearOnComplete: true,
    linewrap: null,
    gracefulExit: false,
  });
  return {
    show: (done, inAll, more = '') => {
      const amounts = { done: textOf(done), all: textOf(inAll), more };
      if (bar.isActive) bar.update(done, amounts);
      else bar.start(inAll, done, amounts);
    },
    close: () => bar.stop(),
  };
}
