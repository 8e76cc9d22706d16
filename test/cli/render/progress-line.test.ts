/** The progress line. */
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import type { Host } from '../../../src/cli/host.ts';
import { progressLine } from '../../../src/cli/render/progress-line.ts';

async function written(interactive: boolean): Promise<string> {
  let text = '';
  const write = (chunk: unknown, _: unknown, done: () => void): void => {
    text += String(chunk);
    done();
  };
  const stderr = Object.assign(new Writable({ write }), { isTTY: true, columns: 80 });
  const line = await progressLine(
    { stderr, interactive, columns: 80 } as unknown as Host,
    'verifying',
  );
  line.show(0, 2_000_000);
  line.show(1_000_000, 2_000_000);
  line.close();
  return text;
}

it('shows bytes and a percentage, and is cleared at the end', async () => {
  const text = await written(true);
  expect(text).toContain('verifying  0%  0 B of 2.0 MB');
  expect(text.lastIndexOf('\x1b[')).toBeGreaterThan(text.lastIndexOf('verifying'));
});

it('writes nothing without a terminal', async () => {
  expect(await written(false)).toBe('');
});
