/** The command itself; what it serves is tested under `test/web/`. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Terminal } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.text = 'stages:\n  a: { uses: make, with: { name: a } }\n';
});
afterEach(() => terminal.remove());

it('prints the address, and ends by Ctrl-C', async () => {
  terminal.signal = AbortSignal.timeout(300);
  const { code, out, err } = await terminal.pipeline('ui');
  expect(code).toBe(0);
  expect(out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n$/);
  expect(err).toContain('read-only');
});

it('gives the token away in the address alone, and only where runs are allowed', async () => {
  terminal.signal = AbortSignal.timeout(300);
  const { out, err } = await terminal.pipeline('ui', '--allow-run');
  expect(out).toMatch(/\/#token=token\n$/);
  expect(err).not.toContain('token');
});

it('serves a pipeline with mistakes too', async () => {
  terminal.text = 'stages: [';
  terminal.signal = AbortSignal.timeout(300);
  expect((await terminal.pipeline('ui')).code).toBe(0);
});

it('refuses what is no port', async () => {
  const { code, err } = await terminal.pipeline('ui', '--port', '70000');
  expect(code).toBe(2);
  expect(err).toContain('1 to 65535');
});
