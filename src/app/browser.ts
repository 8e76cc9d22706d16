/**
 * Opens a page in the person's browser.
 *
 * Every account of a machine can read the arguments of its processes, and an address may hold a token. The browser
 * is therefore given a file that only this user can read, and that sends it on.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A browser that was not running yet takes a while. */
const READ_MS = 30_000;

/** Removes the file; it goes by itself after a while. Where there is no browser, nothing happens. */
export function openBrowser(address: string): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-ui-'));
  const file = join(folder, 'open.html');
  writeFileSync(file, redirectTo(address), { mode: 0o600, flag: 'wx' });
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  spawn(opener, [pathToFileURL(file).href], { detached: true, stdio: 'ignore' })
    .on('error', remove)
    .unref();
  setTimeout(remove, READ_MS).unref();
  return remove;
}

function redirectTo(address: string): string {
  const shown = address.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${shown}">
<title>pipeline</title>
<p><a href="${shown}">Open the pipeline</a></p>
`;
}
