/** The progress line. */
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { Footer } from '../../../src/cli/render/footer.ts';
import { progressLine } from '../../../src/cli/render/progress-line.ts';

function written(interactive: boolean): string {
  let text = '';
  const write = (chunk: unknown, _: unknown, done: () => void): void => {
    text += String(chunk);
    done();
  };
  const footer = new Footer(new Writable({ write }), () => ({ columns: 80, rows: 24 }));
  const line = progressLine({ footer, interactive }, 'verifying');
  line.show(0, 2_000_000);
  if (interactive) footer.print('');
  line.show(1_000_000, 2_000_000);
  if (interactive) footer.print('');
  line.close();
  return text;
}

it('shows bytes and a percentage, and is erased at the end', () => {
  const text = written(true);
  expect(text).toContain('verifying  0%  0 B of 2.0 MB');
  expect(text).toContain('verifying  50%  1.0 MB of 2.0 MB');
  expect(text.endsWith('\r\x1b[J')).toBe(true);
});

it('writes nothing without a terminal', () => {
  expect(written(false)).toBe('');
});
