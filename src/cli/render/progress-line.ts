/** One line that shows how much of a command is done. Only on a terminal; it disappears at the end. */
import { byteSize } from '../../base/units.ts';
import type { Host } from '../host.ts';

export interface ProgressLine {
  show(bytesDone: number, bytesInAll: number): void;
  close(): void;
}

const NOTHING: ProgressLine = { show: () => undefined, close: () => undefined };

export async function progressLine(host: Host, action: string): Promise<ProgressLine> {
  if (!host.interactive) return NOTHING;
  const { SingleBar } = await import('./cli-progress.ts');
  const bar = new SingleBar({
    stream: host.stderr as NodeJS.WriteStream,
    format: `${action}  {percentage}%  {done} of {all}`,
    clearOnComplete: true,
    linewrap: null,
    gracefulExit: false,
  });
  return {
    show: (bytesDone, bytesInAll) => {
      const sizes = { done: byteSize(bytesDone), all: byteSize(bytesInAll) };
      if (bar.isActive) bar.update(bytesDone, sizes);
      else bar.start(bytesInAll, bytesDone, sizes);
    },
    close: () => bar.stop(),
  };
}
