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
export function progressLine(
  { interactive, footer }: Pick<Host, 'interactive' | 'footer'>,
  action: string,
  textOf: (amount: number) => string = byteSize,
): ProgressLine {
  if (!interactive) return NOTHING;
  let [done, all, more] = [0, 0, ''];
  footer.open(() => {
    const percent = all > 0 ? Math.floor((done / all) * 100) : 0;
    return [`${action}  ${percent}%  ${textOf(done)} of ${textOf(all)}${more}`];
  });
  return {
    show: (now, inAll, text = '') => {
      [done, all, more] = [now, inAll, text];
      footer.changed();
    },
    close: () => footer.close(),
  };
}
