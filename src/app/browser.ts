/**
 * Opens a page in the user's browser.
 *
 * Every account of a machine can read the arguments of processes, and the address may contain a token. So the browser
 * gets a file that only this user can read, and that redirects to the address.
 *
 * The package `open` is not used: on Linux and macOS it does the same, and on WSL it could not open this file.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Starting a browser takes a while. */
const READ_MS = 30_000;

/** The file is removed after a while, and at the end of the process. Without a browser, nothing happens. */
export function openBrowser(address: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-ui-'));
  const file = join(folder, 'open.html');
  writeFileSync(file, redirectTo(address), { mode: 0o600, flag: 'wx' });
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  spawn(opener, [pathToFileURL(file).href], { detached: true, stdio: 'ignore' })
    .on('error', remove)
    .unref();
  setTimeout(remove, READ_MS).unref();
  // A process that is stopped while it is busy does not return from its command.
  process.once('exit', remove);
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
