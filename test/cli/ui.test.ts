/** The command. Its server is tested in `test/web/`. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Terminal } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.text = 'stages:\n  a: { uses: make, with: { name: a } }\n';
});
afterEach(() => terminal.remove());

/** Stops like Ctrl-C when the address is printed. */
function endWhenServed(): void {
  const abort = new AbortController();
  terminal.signal = abort.signal;
  terminal.onText = (text) => {
    if (text.includes('http://')) abort.abort();
  };
}

it('prints the address, and ends after Ctrl-C', async () => {
  endWhenServed();
  const { code, out, err } = await terminal.pipeline('ui');
  expect(code).toBe(0);
  expect(out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n$/);
  expect(err).toContain('read-only');
});

it('prints the token only in the address, and only if runs are allowed', async () => {
  endWhenServed();
  const { out, err } = await terminal.pipeline('ui', '--allow-run');
  expect(out).toMatch(/\/#token=token\n$/);
  expect(err).not.toContain('token');
});

it('also serves a pipeline with errors', async () => {
  terminal.text = 'stages: [';
  endWhenServed();
  expect((await terminal.pipeline('ui')).code).toBe(0);
});

it('refuses an invalid port', async () => {
  const { code, err } = await terminal.pipeline('ui', '--port', '70000');
  expect(code).toBe(2);
  expect(err).toContain('1 to 65535');
});
